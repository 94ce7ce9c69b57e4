// SPDX-License-Identifier: Apache-2.0
#include "names/core/resolv_conf.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace holdfast {
namespace {

constexpr std::size_t kServersMax = 8;
constexpr std::size_t kSearchMax = 6;
constexpr std::uint32_t kDotsMax = 15;
constexpr std::uint16_t kPort = 53;

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string_view> words;
  for (std::size_t at = 0; (at = line.find_first_not_of(kBlanks, at)) != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

// Of each line without its comment.
void each_line(std::string_view text, std::string_view comments, auto&& told) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line = line.substr(0, line.find_first_of(comments));
    if (const auto words = words_of(line); words.size() > 1) told(words);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string plain(std::string_view name) {
  std::string text(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

void read_option(std::string_view option, ResolvConf& conf) {
  constexpr std::string_view kDots = "ndots:";
  if (!option.starts_with(kDots)) return;
  option.remove_prefix(kDots.size());
  std::uint32_t dots = 0;
  const auto [end, error] = std::from_chars(option.data(), option.data() + option.size(), dots);
  if (error == std::errc{}) conf.dots = std::min(dots, kDotsMax);
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf conf;
  each_line(text, "#;", [&conf](const std::vector<std::string_view>& words) {
    if (words[0] == "nameserver" && conf.servers.size() < kServersMax) {
      if (const auto address = IpAddress::parse(words[1]))
        conf.servers.push_back({*address, kPort});
    } else if (words[0] == "search" || words[0] == "domain") {
      conf.search.assign(words.begin() + 1, words.end());
      conf.search.resize(std::min(conf.search.size(), kSearchMax));
    } else if (words[0] == "options") {
      for (const std::string_view option : words) read_option(option, conf);
    }
  });
  return conf;
}

std::vector<std::string> candidates_for(const std::string& name, const ResolvConf& conf) {
  if (name.ends_with('.')) return {name};
  const auto dots = static_cast<std::uint32_t>(std::count(name.begin(), name.end(), '.'));
  std::vector<std::string> candidates;
  if (dots >= conf.dots) candidates.push_back(name);
  if (dots < conf.dots) {
    for (const std::string& domain : conf.search) {
      if (domain != ".") candidates.emplace_back(name).append(1, '.').append(domain);
    }
    candidates.push_back(name);
  }
  return candidates;
}

std::vector<std::pair<HostName, IpAddress>> parse_hosts(std::string_view text,
                                                        const std::set<HostName>& wanted) {
  std::multimap<std::string, const HostName*> names;
  for (const HostName& one : wanted) names.emplace(plain(one.name), &one);
  std::vector<std::pair<HostName, IpAddress>> found;
  each_line(text, "#", [&](const std::vector<std::string_view>& words) {
    const Result<IpAddress> address = IpAddress::parse(words[0]);
    if (!address) return;
    for (auto word = words.begin() + 1; word != words.end(); ++word) {
      const auto [first, last] = names.equal_range(plain(*word));
      for (auto one = first; one != last; ++one) {
        if (one->second->family == address->family()) found.emplace_back(*one->second, *address);
      }
    }
  });
  return found;
}

}  // namespace holdfast
