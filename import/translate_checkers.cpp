// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "import/context.h"

// The checkers of a real server.
namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// What keepalived takes where nothing is said.
struct Kind {
  std::string_view directive;
  Section section;
  std::string_view key;  // of Holdfast
  std::int64_t retries = 1;
  std::int64_t retry_delay = kSecond;  // -1: the interval
};
constexpr std::array kKinds{
    Kind{"HTTP_GET", Section::kHttp, "http", 1, 3 * kSecond},
    Kind{"SSL_GET", Section::kHttp, "https", 1, 3 * kSecond},
    Kind{"TCP_CHECK", Section::kTcp, "tcp"},
    Kind{"SMTP_CHECK", Section::kSmtp, "smtp"},
    Kind{"DNS_CHECK", Section::kDns, "dns", 3, -1},
    Kind{"MISC_CHECK", Section::kMisc, "script", 0, kSecond},
    Kind{"PING_CHECK", Section::kPing, "ping"},
    Kind{"UDP_CHECK", Section::kUdp, "udp"},
};

void put(Scope& scope, std::string_view name, std::string_view key, Yaml& into) {
  if (const Directive* one = scope.take(name)) {
    into.put(key, Yaml::text(one->argument()), scope.comments());
  }
}

// "Ab12f 3" is AB 12 0F 03; in what is expected, x stands for any digit.
std::optional<Yaml> hex_of(const Directive& at) {
  std::string digits;
  for (std::size_t i = 1; i < at.words.size(); ++i) {
    std::string word(at.argument(i));
    for (std::size_t from = 0; from < word.size(); from += 2) {
      std::string pair = word.substr(from, 2);
      if (pair.size() == 1) pair.insert(0, "0");
      digits += (digits.empty() ? "" : " ") + pair;
    }
  }
  if (digits.find_first_not_of("0123456789abcdefABCDEFxX ") != std::string::npos)
    return std::nullopt;
  std::replace(digits.begin(), digits.end(), 'X', 'x');
  Yaml map = Yaml::map();
  map.put("hex", Yaml::text(digits));
  return map;
}

class CheckReader {
 public:
  CheckReader(const Kind& kind, const Directive& block, const CheckDefaults& defaults,
              Context& context)
      : kind_(kind),
        block_(block),
        defaults_(defaults),
        context_(context),
        scope_(kind.section, block.children, context.findings) {}

  // Adds what it is made of: most often one check, none if it cannot be made.
  void read(Yaml& into);

 private:
  void read_common();
  void read_connection();
  std::vector<Yaml> targets();
  std::vector<Yaml> http();
  std::optional<Yaml> request(const Directive& url, std::string& host);
  std::optional<std::string> pattern(Scope& url);
  Yaml udp();
  std::optional<Yaml> script();

  const Kind& kind_;
  const Directive& block_;
  CheckDefaults defaults_;
  Context& context_;
  Scope scope_;
  Yaml options_ = Yaml::map();  // beside the kind
};

void CheckReader::read_common() {
  if (kind_.section == Section::kHttp) {  // as it was called before
    if (const auto count = scope_.number("nb_get_retry", 0, 1000)) defaults_.retries = count;
  }
  read_check_defaults(scope_, defaults_);
  const std::int64_t interval = defaults_.interval.value_or(60 * kSecond);
  const bool script = kind_.section == Section::kMisc;
  std::int64_t timeout = script ? interval : defaults_.timeout.value_or(5 * kSecond);
  if (script) timeout = scope_.seconds("misc_timeout", 1000, kDay).value_or(interval);
  if (timeout > interval) {
    context_.findings.report(block_, "its timeout, " + duration_text(timeout) +
                                         ", is longer than its interval, which is taken instead");
    timeout = interval;
  }
  options_.put("interval", Yaml::plain(duration_text(interval)));
  options_.put("timeout", Yaml::plain(duration_text(timeout)));
  const std::int64_t retries = defaults_.retries.value_or(kind_.retries);
  if (retries != 0) {
    options_.put("retries", Yaml::number(retries));
    const std::int64_t otherwise = kind_.retry_delay < 0 ? interval : kind_.retry_delay;
    options_.put("retry_delay",
                 Yaml::plain(duration_text(defaults_.retry_delay.value_or(otherwise))));
  }
  if (defaults_.start_spread) {
    options_.put("start_spread", Yaml::plain(duration_text(*defaults_.start_spread)));
  }
  if (defaults_.down_first) options_.put("initial_state", Yaml::plain("down"));
  if (defaults_.log_failures.value_or(context_.globals.log_failures)) {
    options_.put("log_failures", Yaml::truth(true));
  }
}

void CheckReader::read_connection() {
  if (kind_.section == Section::kMisc) return;
  put(scope_, "connect_ip", "host", options_);
  if (const auto port = scope_.number("connect_port", 1, 65535)) {
    if (kind_.section != Section::kPing) {
      options_.put("port", Yaml::number(*port), scope_.comments());
    }
  }
  put(scope_, "bindto", "source", options_);
  put(scope_, "bind_if", "interface", options_);
  if (const auto port = scope_.number("bind_port", 1024, 65535)) {
    options_.put("source_port", Yaml::number(*port), scope_.comments());
  }
  if (const Directive* mark = scope_.take("fwmark")) {
    if (kind_.section == Section::kPing) {
      context_.findings.report(*mark,
                               "all pings share a socket: give it a 'bindto', and route by it");
    } else if (const auto value = scope_.number("fwmark", 1, 0xffffffff)) {
      options_.put("mark", Yaml::number(*value), scope_.comments());
    }
  }
}

// ---- HTTP

std::optional<std::string> CheckReader::pattern(Scope& url) {
  const Directive* const regex = url.take("regex");
  const Directive* const options = url.take("regex_options");
  if (regex == nullptr) return std::nullopt;
  std::string flags;
  for (std::size_t i = 1; options != nullptr && i < options->words.size(); ++i) {
    const std::string_view word = options->argument(i);
    constexpr std::array<std::pair<std::string_view, char>, 6> kFlags{{{"caseless", 'i'},
                                                                       {"multiline", 'm'},
                                                                       {"dotall", 's'},
                                                                       {"extended", 'x'},
                                                                       {"ungreedy", 'U'},
                                                                       {"dupnames", 'J'}}};
    const auto* const found = std::find_if(kFlags.begin(), kFlags.end(),
                                           [word](const auto& one) { return one.first == word; });
    if (found != kFlags.end()) {
      flags += found->second;
    } else {
      context_.findings.report(*options, "'" + std::string(word) + "' has no letter in a pattern");
    }
  }
  const std::string text(regex->escaped());
  return flags.empty() ? text : "(?" + flags + ")" + text;
}

// What stands under `requests`; nothing, if it would ask less than it is meant to.
std::optional<Yaml> CheckReader::request(const Directive& url, std::string& host) {
  Scope scope(Section::kUrl, url.children, context_.findings);
  Yaml request = Yaml::map();
  const Directive* const path = scope.take("path");
  request.put("path", Yaml::text(path != nullptr ? path->argument() : "/"), scope.comments());
  if (const Directive* codes = scope.take("status_code")) {
    Yaml list = Yaml::list();
    for (std::size_t i = 1; i < codes->words.size(); ++i) {
      const auto number = parse_number(codes->argument(i));
      list.add(number ? Yaml::number(*number) : Yaml::text(codes->argument(i)));
    }
    const bool one = list.size() == 1;
    request.put("status", one ? Yaml(list.entries()[0].value) : std::move(list), scope.comments());
  }
  if (const Directive* own = scope.take("virtualhost")) host = own->argument();
  const auto matches = pattern(scope);
  // A pattern that must not match is another question.
  if (matches && !scope.has("regex_no_match")) {
    request.put("matches", Yaml::text(*matches), scope.comments());
  }
  scope.finish(&request);
  return request;
}

std::vector<Yaml> CheckReader::http() {
  const bool tls = kind_.directive == "SSL_GET";
  if (const Directive* own = scope_.take("virtualhost")) defaults_.host = own->argument();
  scope_.take_all("fast_recovery");
  if (const Directive* version = scope_.take("http_protocol");
      version != nullptr && version->argument() != "1.1") {
    context_.findings.report(*version, "the request is HTTP/1.1 with 'Connection: close'");
  }
  std::string name;
  const Directive* const sni = scope_.take("sni_name");
  if (scope_.take("enable_sni") != nullptr && sni != nullptr) name = sni->argument();
  if (sni != nullptr) name = sni->argument();
  std::vector<std::pair<std::string, Yaml>> by_host;  // the requests of each Host header
  for (const Directive* url : scope_.take_all("url")) {
    std::string host = defaults_.host;
    auto one = request(*url, host);
    if (!one) continue;
    auto found = std::find_if(by_host.begin(), by_host.end(),
                              [&](const auto& entry) { return entry.first == host; });
    if (found == by_host.end()) found = by_host.insert(by_host.end(), {host, Yaml::list()});
    found->second.add(std::move(*one));
  }
  if (by_host.empty()) by_host.emplace_back(defaults_.host, Yaml::list());
  std::vector<Yaml> checks;
  for (auto& [host, requests] : by_host) {
    Yaml check = Yaml::map();
    if (!host.empty()) check.put("host", Yaml::text(host));
    if (requests.size() == 1) {
      for (YamlEntry& entry : requests.entries()[0].value.entries()) {
        check.put(entry.key, std::move(entry.value), std::move(entry.comments));
      }
    } else if (!requests.empty()) {
      check.put("requests", std::move(requests));
    }
    if (tls && !name.empty()) check.put("server_name", Yaml::text(name));
    for (const YamlEntry& entry : context_.ssl.entries()) {
      if (tls) check.put(entry.key, entry.value, entry.comments);
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

// ---- The others

Yaml CheckReader::udp() {
  Yaml udp = Yaml::map();
  const auto put_hex = [&](const Directive& at, const char* key) {
    if (auto hex = hex_of(at)) {
      udp.put(key, std::move(*hex), scope_.comments());
    } else {
      context_.findings.report(at, "expected hexadecimal digits");
    }
  };
  if (const Directive* payload = scope_.take("payload")) put_hex(*payload, "payload");
  const auto least = scope_.number("min_reply_length", 0, 65535);
  const auto most = scope_.number("max_reply_length", 0, 65535);
  const Directive* const reply = scope_.take("require_reply");
  if (reply == nullptr) return udp;
  udp.put("require_reply", Yaml::truth(true), scope_.comments());
  if (reply->words.size() > 1) put_hex(*reply, "reply");
  if (least) udp.put("min_length", Yaml::number(*least));
  udp.put("max_length", Yaml::number(most.value_or(255)));
  return udp;
}

std::optional<Yaml> CheckReader::script() {
  const Directive* const user = scope_.take("user");
  const Directive* const path = scope_.take("misc_path");
  const Directive* const dynamic = scope_.take("misc_dynamic");
  if (path == nullptr) {
    context_.findings.report(block_, "it has no 'misc_path'");
    return std::nullopt;
  }
  auto command = translate_command(*path, user, context_);
  if (!command) {
    context_.findings.report(*path, "so the check is left out");
    return std::nullopt;
  }
  if (dynamic != nullptr) {
    command->put("dynamic_weight", Yaml::truth(true));
    if (defaults_.weight != 100) {
      context_.findings.report(*dynamic,
                               "its status less two is the weight in percent of the server's: give "
                               "the server a weight of 100 for the same");
    }
  }
  return command;
}

std::vector<Yaml> CheckReader::targets() {
  switch (kind_.section) {
    case Section::kHttp:
      return http();
    case Section::kUdp:
      return {udp()};
    case Section::kMisc: {
      auto one = script();
      return one ? std::vector<Yaml>{std::move(*one)} : std::vector<Yaml>{};
    }
    case Section::kSmtp: {
      Yaml smtp = Yaml::map();
      if (const Directive* helo = scope_.take("helo_name")) {
        smtp.put("helo", Yaml::text(helo->argument()));
      }
      if (const Directive* host = scope_.take("host")) {
        context_.findings.report(*host, "give each host an SMTP_CHECK of its own, with connect_ip");
      }
      return {smtp};
    }
    case Section::kDns: {
      Yaml dns = Yaml::map();
      put(scope_, "name", "name", dns);
      put(scope_, "type", "type", dns);
      return {dns};
    }
    default:
      return {Yaml::map()};
  }
}

void CheckReader::read(Yaml& into) {
  read_common();
  read_connection();
  std::vector<Yaml> all = targets();
  const bool portless = kind_.section == Section::kPing || kind_.section == Section::kMisc;
  if (!portless && !defaults_.has_port && options_.find("port") == nullptr) {
    context_.findings.report(block_, "the server has no port: give the check a 'connect_port'");
    all.clear();
  }
  scope_.finish(&options_);
  std::vector<std::string> comments = block_.comments;
  for (Yaml& target : all) {
    Yaml check = Yaml::map();
    check.put(kind_.key, std::move(target));
    for (const YamlEntry& entry : options_.entries()) {
      check.put(entry.key, entry.value, entry.comments);
    }
    check.comment_at_end(options_.end_comments());
    check.comment_at_end(block_.closing_comments);
    into.add(std::move(check), std::exchange(comments, {}));
  }
}

}  // namespace

void read_check_defaults(Scope& scope, CheckDefaults& into) {
  if (const auto time = scope.seconds("delay_loop", 10'000, kDay)) into.interval = time;
  if (const auto time = scope.seconds("connect_timeout", 1000, kDay)) into.timeout = time;
  if (const auto count = scope.number("retry", 0, 1000)) into.retries = count;
  if (const auto time = scope.seconds("delay_before_retry", 0, kDay)) into.retry_delay = time;
  if (const auto time = scope.seconds("warmup", 0, kDay)) into.start_spread = time;
  if (const auto alpha = scope.truth("alpha")) into.down_first = *alpha;
  if (scope.is(Section::kVirtualServer) || scope.is(Section::kRealServer)) {
    if (const Directive* host = scope.take("virtualhost")) into.host = host->argument();
  } else if (const auto log = scope.truth("log_all_failures")) {
    into.log_failures = log;
  }
}

Yaml translate_checkers(Scope& server, const CheckDefaults& defaults, Context& context) {
  Yaml checks = Yaml::list();
  for (const Kind& kind : kKinds) {
    for (const Directive* block : server.take_all(kind.directive)) {
      server.comments();  // they stand at the check
      CheckReader(kind, *block, defaults, context).read(checks);
    }
  }
  return checks;
}

}  // namespace holdfast::importer
