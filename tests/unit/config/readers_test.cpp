// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"
#include "config/shapes.h"
#include "tests/unit/config/faults_of.h"

// Every reader asks for keys of its table only, whatever else a map has: documents are made of the
// tables at random, mostly of values that are right, so that each branch is got to.
namespace holdfast {
namespace {

// What a text may be; whichever fits the table is taken.
const std::vector<std::string> kTexts{"web",
                                      "eth0",
                                      "192.0.2.1",
                                      "192.0.2.1:80",
                                      "10.0.0.0/8",
                                      "fe80::1",
                                      "2001:db8::/64",
                                      "[2001:db8::1]:80",
                                      "224.0.0.18",
                                      "ff02::12",
                                      "/bin/true",
                                      "/etc/hosts",
                                      "http://a.test/b",
                                      "https://a.test",
                                      "GET / HTTP/1.1",
                                      "app.test",
                                      "app.test:443",
                                      "100",
                                      "0-2",
                                      "a@b.test",
                                      "+OK",
                                      "00ff",
                                      "2xx",
                                      "1s",
                                      "default"};

class Documents {
 public:
  explicit Documents(unsigned seed) : random_(seed) {}

  std::string next() { return map_of(document_shape(), {}, 0); }
  const std::set<std::string>& seen() const { return seen_; }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  // Of those of which exactly one is given, mostly one is.
  std::string map_of(const Shape& shape, const std::vector<std::string_view>& needed, int depth) {
    seen_.insert(std::string{shape.id});
    const std::string_view chosen =
        shape.one_of.empty() ? std::string_view{} : shape.one_of[below(shape.one_of.size())];
    const std::size_t often = 2 + below(6);
    std::string text;
    for (const Key& key : shape.keys) {
      const bool exclusive =
          std::find(shape.one_of.begin(), shape.one_of.end(), key.name) != shape.one_of.end();
      const bool must = key.preset == kRequired || key.name == chosen ||
                        std::find(needed.begin(), needed.end(), key.name) != needed.end();
      const bool given = must ? below(20) != 0 : below(exclusive ? 12 : often) == 0;
      if (!given) continue;
      if (!text.empty()) text += ", ";
      text += std::string{key.name} + ": " + value_of(key.forms, depth + 1);
    }
    return "{" + text + "}";
  }

  std::string value_of(const Forms& forms, int depth) {
    const Form& form = forms[below(forms.size())];
    switch (form.kind) {
      case Form::Kind::kBoolean:
        return below(2) == 0 ? "true" : "false";
      case Form::Kind::kInteger:
        return std::to_string(
            form.min +
            static_cast<std::int64_t>(below(
                static_cast<std::size_t>(std::min<std::int64_t>(form.max - form.min, 300)) + 1)));
      case Form::Kind::kDuration:
        return std::to_string(
                   std::min(form.max, form.min + static_cast<std::int64_t>(below(4) * 1'000'000))) +
               "us";
      case Form::Kind::kText:
        return "'" + text_of(form.text) + "'";
      case Form::Kind::kWord:
        return std::string{form.words[below(form.words.size())]};
      case Form::Kind::kList:
        return list_of(form, depth);
      case Form::Kind::kNames:
        return "{web: " + value_of(form.entry, depth + 1) + "}";
      case Form::Kind::kAny:
        return "1";
      case Form::Kind::kNothing:
        return "";
      case Form::Kind::kMap:
        return map_of(form.shape(), form.needed, depth);
    }
    return "";
  }

  std::string list_of(const Form& form, int depth) {
    std::string text;
    const auto entries =
        std::min<std::size_t>(static_cast<std::size_t>(form.min) + below(depth > 4 ? 1 : 3), 3);
    for (std::size_t i = 0; i < entries; ++i) {
      text += (i == 0 ? "" : ", ") + value_of(form.entry, depth + 1);
    }
    return "[" + text + "]";
  }

  std::string text_of(const TextForm& form) {
    std::vector<std::string>& fitting = fitting_[std::string{form.pattern}];
    if (fitting.empty()) {
      const std::regex pattern{std::string{form.pattern}};
      std::copy_if(
          kTexts.begin(), kTexts.end(), std::back_inserter(fitting), [&](const std::string& text) {
            return std::regex_search(text, pattern) && (form.valid == nullptr || form.valid(text));
          });
      if (fitting.empty()) fitting.emplace_back("x");
    }
    return fitting[below(fitting.size())];
  }

  std::mt19937 random_;
  std::map<std::string, std::vector<std::string>> fitting_;
  std::set<std::string> seen_;
};

void shapes_in(const Forms& forms, std::set<std::string>& shapes);
void shapes_in(const Shape& shape, std::set<std::string>& shapes) {
  if (!shapes.insert(std::string{shape.id}).second) return;
  for (const Key& key : shape.keys) shapes_in(key.forms, shapes);
}
void shapes_in(const Forms& forms, std::set<std::string>& shapes) {
  for (const Form& form : forms) {
    shapes_in(form.entry, shapes);
    if (form.kind == Form::Kind::kMap) shapes_in(form.shape(), shapes);
  }
}

TEST(Readers, AskForKeysOfTheirTablesOnly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Documents documents(seed);
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    const std::string document = documents.next();
    for (const std::string& fault : faults_of(document)) {
      EXPECT_EQ(fault.find("a mistake of Holdfast's"), std::string::npos) << fault << "\n"
                                                                          << document;
    }
  }
  std::set<std::string> all;
  shapes_in(document_shape(), all);
  EXPECT_EQ(documents.seen(), all);
}

}  // namespace
}  // namespace holdfast
