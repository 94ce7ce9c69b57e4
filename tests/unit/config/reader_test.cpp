// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Reads a document that is one map with the keys of the tests below.
class Reader {
 public:
  explicit Reader(std::string_view document)
      : root_(*parse_yaml(document, faults_)),
        map_(faults_, root_, "a thing",
             {"name", "count", "wait", "kind", "on", "items", "interface"}, {"soon"}) {}

  MapReader& map() { return map_; }
  Texts faults() { return texts_of(faults_.take()); }

 private:
  Faults faults_{"f"};
  YamlNode root_;
  MapReader map_;
};

TEST(MapReader, ReadsEachKind) {
  Reader reader(
      "name: web-1\ncount: -3\nwait: 1.5s\nkind: b\non: true\nitems: [1, 2]\n"
      "interface: eth0.5\n");
  std::string name;
  int count = 0;
  Duration wait{};
  char kind = 0;
  bool on = false;
  std::string interface;
  constexpr std::array kKinds{Choice<char>{"a", 'A'}, Choice<char>{"b", 'B'}};
  EXPECT_NE(reader.map().name("name", name), nullptr);
  EXPECT_NE(reader.map().integer("count", -3, 3, count), nullptr);
  EXPECT_NE(reader.map().duration("wait", milliseconds{1500}, seconds{2}, wait), nullptr);
  EXPECT_NE(reader.map().choice("kind", kKinds, kind), nullptr);
  EXPECT_NE(reader.map().boolean("on", "true or false", on), nullptr);
  EXPECT_EQ(reader.map().list("items", 1, 2).size(), 2U);
  EXPECT_NE(reader.map().interface("interface", interface), nullptr);
  EXPECT_EQ(name, "web-1");
  EXPECT_EQ(count, -3);
  EXPECT_EQ(wait, milliseconds{1500});
  EXPECT_EQ(kind, 'B');
  EXPECT_TRUE(on);
  EXPECT_EQ(interface, "eth0.5");
  EXPECT_EQ(reader.faults(), Texts{});
}

TEST(MapReader, AnAbsentKeyLeavesTheDefault) {
  Reader reader("{}");
  int count = 7;
  EXPECT_EQ(reader.map().integer("count", 0, 9, count), nullptr);
  EXPECT_EQ(count, 7);
  EXPECT_TRUE(reader.map().list("items", 1, 2).empty());
  EXPECT_EQ(reader.faults(), Texts{});
  reader.map().require({"name", "count"});
  EXPECT_EQ(reader.faults(),
            (Texts{"f:1:1: a thing lacks the key 'count'", "f:1:1: a thing lacks the key 'name'"}));
}

TEST(MapReader, ATypoIsOneFaultAndReadAsWhatWasMeant) {
  Reader reader("nmae: web\ncount: 1\ncuont: 2\nfoo: 3\nsoon: 4\n");
  std::string name;
  int count = 0;
  reader.map().require({"name"});
  EXPECT_NE(reader.map().name("name", name), nullptr);
  EXPECT_NE(reader.map().integer("count", 0, 9, count), nullptr);
  EXPECT_EQ(name, "web");
  EXPECT_EQ(count, 1) << "the key that is right wins over the typo of it";
  EXPECT_EQ(
      reader.faults(),
      (Texts{"f:1:1: unknown key 'nmae' in a thing, did you mean 'name'?",
             "f:3:1: unknown key 'cuont' in a thing, did you mean 'count'?",
             "f:4:1: unknown key 'foo' in a thing, expected one of name, count, wait, kind, on, "
             "items or interface",
             "f:5:1: 'soon' is not supported by this version"}));
}

TEST(MapReader, WhatIsNoMapIsOneFault) {
  Reader reader("[1]");
  std::string name;
  reader.map().require({"name"});
  EXPECT_EQ(reader.map().name("name", name), nullptr);
  EXPECT_EQ(
      reader.faults(),
      Texts{"f:1:1: a thing: found a list, expected a map with the keys name, count, wait, kind, "
            "on, items and interface"});
}

Texts integer_faults(const std::string& value) {
  Reader reader("count: " + value + "\n");
  int count = 7;
  EXPECT_EQ(reader.map().integer("count", 1, 255, count), nullptr);
  EXPECT_EQ(count, 7) << "a faulty value leaves the default";
  return reader.faults();
}

TEST(MapReader, Integers) {
  const std::string expected = ", expected a whole number from 1 to 255";
  EXPECT_EQ(integer_faults("0"), Texts{"f:1:8: count: found '0'" + expected});
  EXPECT_EQ(integer_faults("256"), Texts{"f:1:8: count: found '256'" + expected});
  EXPECT_EQ(integer_faults("1.0"), Texts{"f:1:8: count: found '1.0'" + expected});
  EXPECT_EQ(integer_faults("one"), Texts{"f:1:8: count: found 'one'" + expected});
  EXPECT_EQ(integer_faults("010"),
            Texts{"f:1:8: count: found '010'" + expected + ": drop the leading zero"});
  EXPECT_EQ(integer_faults("'5'"),
            Texts{"f:1:8: count: found '5'" + expected + ": drop the quotes"});
  EXPECT_EQ(integer_faults(""), Texts{"f:1:1: count: found nothing" + expected});
  EXPECT_EQ(integer_faults("[]"), Texts{"f:1:8: count: found an empty list" + expected});
  EXPECT_EQ(integer_faults("{}"), Texts{"f:1:8: count: found a map" + expected});
  EXPECT_EQ(integer_faults("\"\""), Texts{"f:1:8: count: found an empty text" + expected});
  EXPECT_EQ(integer_faults("99999999999999999999"),
            Texts{"f:1:8: count: found '99999999999999999999'" + expected});
}

Texts duration_faults(const std::string& value) {
  Reader reader("wait: " + value + "\n");
  Duration wait = seconds{7};
  EXPECT_EQ(reader.map().duration("wait", milliseconds{10}, seconds{2}, wait), nullptr);
  EXPECT_EQ(wait, seconds{7});
  return reader.faults();
}

TEST(MapReader, Durations) {
  const std::string expected = ", expected a time from 10ms to 2s";
  EXPECT_EQ(duration_faults("9ms"), Texts{"f:1:7: wait: found '9ms'" + expected});
  EXPECT_EQ(duration_faults("2.001s"), Texts{"f:1:7: wait: found '2.001s'" + expected});
  EXPECT_EQ(duration_faults("1"),
            Texts{"f:1:7: wait: found '1'" + expected + ": add a unit, as in 1s"});
  EXPECT_EQ(duration_faults("soon"), Texts{"f:1:7: wait: found 'soon'" + expected});
  EXPECT_EQ(duration_faults("1 s"), Texts{"f:1:7: wait: found '1 s'" + expected});
  EXPECT_EQ(duration_faults("[1s]"), Texts{"f:1:7: wait: found a list" + expected});
}

Texts boolean_faults(const std::string& value) {
  Reader reader("on: " + value + "\n");
  bool on = true;
  EXPECT_EQ(reader.map().boolean("on", "true or false", on), nullptr);
  EXPECT_TRUE(on);
  return reader.faults();
}

TEST(MapReader, BooleansAreTrueAndFalseOnly) {
  for (const std::string text : {"yes", "no", "on", "off", "True", "FALSE", "y", "0"}) {
    EXPECT_EQ(boolean_faults(text),
              Texts{"f:1:5: on: found '" + text + "', expected true or false"});
  }
  EXPECT_EQ(boolean_faults("'false'"),
            Texts{"f:1:5: on: found 'false', expected true or false, without quotes"});
  EXPECT_EQ(boolean_faults("[true]"), Texts{"f:1:5: on: found a list, expected true or false"});
}

Texts name_faults(const std::string& value) {
  Reader reader("name: " + value + "\n");
  std::string name = "default";
  EXPECT_EQ(reader.map().name("name", name), nullptr);
  EXPECT_EQ(name, "default");
  return reader.faults();
}

TEST(MapReader, Names) {
  const std::string expected = ", expected a name of 1 to 64 letters, digits, '.', '_' or '-'";
  EXPECT_EQ(name_faults("a b"), Texts{"f:1:7: name: found 'a b'" + expected});
  EXPECT_EQ(name_faults("a/b"), Texts{"f:1:7: name: found 'a/b'" + expected});
  EXPECT_EQ(name_faults("''"), Texts{"f:1:7: name: found an empty text" + expected});
  EXPECT_EQ(name_faults("\"a\\n\""), Texts{"f:1:7: name: found 'a\\x0a'" + expected});
  EXPECT_EQ(name_faults("\xc3\xbc"), Texts{"f:1:7: name: found '\\xc3\\xbc'" + expected});
  EXPECT_EQ(name_faults(std::string(65, 'a')),
            Texts{"f:1:7: name: found '" + std::string(64, 'a') + "...'" + expected});
  std::string name;
  EXPECT_NE(Reader("name: " + std::string(64, 'a')).map().name("name", name), nullptr);
}

Texts interface_faults(const std::string& value) {
  Reader reader("interface: " + value + "\n");
  std::string interface;
  EXPECT_EQ(reader.map().interface("interface", interface), nullptr);
  return reader.faults();
}

TEST(MapReader, Interfaces) {
  const std::string expected =
      ", expected the name of a network interface: 1 to 15 characters without '/', ':' or blanks";
  for (const std::string text : {"a/b", "eth0:1", "a b", ".", "..", "sixteenletters00"}) {
    EXPECT_EQ(interface_faults(text), Texts{"f:1:12: interface: found '" + text + "'" + expected});
  }
  EXPECT_EQ(interface_faults(""), Texts{"f:1:1: interface: found nothing" + expected});
  std::string interface;
  EXPECT_NE(Reader("interface: fifteenletters0").map().interface("interface", interface), nullptr);
}

TEST(MapReader, Choices) {
  constexpr std::array kKinds{Choice<int>{"debug", 1}, Choice<int>{"info", 2}};
  int kind = 7;
  Reader typo("kind: inf\n");
  EXPECT_EQ(typo.map().choice("kind", kKinds, kind), nullptr);
  EXPECT_EQ(typo.faults(),
            Texts{"f:1:7: kind: found 'inf', expected debug or info, did you mean 'info'?"});
  Reader other("kind: quiet\n");
  EXPECT_EQ(other.map().choice("kind", kKinds, kind), nullptr);
  EXPECT_EQ(other.faults(), Texts{"f:1:7: kind: found 'quiet', expected debug or info"});
  EXPECT_EQ(kind, 7);
}

Texts list_faults(const std::string& value) {
  Reader reader("items: " + value + "\n");
  reader.map().list("items", 1, 2);
  return reader.faults();
}

TEST(MapReader, Lists) {
  const std::string expected = ", expected a list of at least one entry";
  EXPECT_EQ(list_faults("[]"), Texts{"f:1:8: items: found an empty list" + expected});
  EXPECT_EQ(list_faults("a"), Texts{"f:1:8: items: found 'a'" + expected + ": put it in brackets"});
  EXPECT_EQ(list_faults("{a: 1}"),
            Texts{"f:1:8: items: found a map" + expected + ": begin each entry with a dash"});
  EXPECT_EQ(list_faults(""), Texts{"f:1:1: items: found nothing" + expected});
  EXPECT_EQ(list_faults("[1, 2, 3, 4]"),
            Texts{"f:1:15: items: found 4 entries, expected at most 2"});
}

}  // namespace
}  // namespace holdfast
