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

constexpr std::array kKinds{Choice<char>{"debug", 'A'}, Choice<char>{"info", 'B'}};

const Shape& thing_shape() {
  static const Shape shape{"thing",
                           "a thing",
                           {{"name", form::text(kNameText), "", "A text."},
                            {"count", form::whole(-3, 255), "", "A number."},
                            {"wait", form::time(milliseconds{10}, seconds{2}), "", "A time."},
                            {"kind", form::words(kKinds), "", "A word."},
                            {"on", form::boolean(), "", "A truth."},
                            {"items", form::list(form::whole(1, 9), 1, 2), "", "A list."},
                            {"interface", form::text(kInterfaceText), "", "Another text."}},
                           {}};
  return shape;
}

const Shape& needy_shape() {
  static const Shape shape{"needy",
                           "a needy thing",
                           {{"name", form::text(kNameText), kRequired, "A text."},
                            {"count", form::whole(0, 9), kRequired, "A number."}},
                           {}};
  return shape;
}

// Reads a document that is one such map.
class Reader {
 public:
  explicit Reader(std::string_view document, const Shape& shape = thing_shape())
      : root_(*parse_yaml(document, faults_)), map_(faults_, root_, shape) {}

  MapReader& map() { return map_; }
  Texts faults() { return texts_of(faults_.take()); }

 private:
  Faults faults_{"f"};
  YamlNode root_;
  MapReader map_;
};

// Root reads by this: what a reader does wrong must not end the daemon.
TEST(MapReader, WhatIsNotDeclaredIsAFaultAndNoMore) {
  Reader reader("name: web\non: true\n");
  const auto fault = [](const std::string& key) {
    return "f:1:1: a thing is read by the key '" + key +
           "' as it is not declared: a mistake of Holdfast's, please report it";
  };
  EXPECT_FALSE(reader.map().has("colour"));
  EXPECT_EQ(reader.faults(), Texts{fault("colour")});
  int number = 7;
  EXPECT_EQ(reader.map().integer("colour", number), nullptr);
  EXPECT_EQ(number, 7);
  EXPECT_EQ(reader.faults(), Texts{fault("colour")});
  EXPECT_TRUE(reader.map().list("on").empty()) << "it has no such form";
  EXPECT_EQ(reader.faults().at(0), fault("on"));
  std::string text;
  EXPECT_EQ(reader.map().text("count", text), nullptr);
  EXPECT_EQ(reader.faults().at(0), fault("count"));
}

TEST(MapReader, ReadsEachKind) {
  Reader reader(
      "name: web-1\ncount: -3\nwait: 1.5s\nkind: info\non: true\nitems: [1, 2]\n"
      "interface: eth0.5\n");
  std::string name;
  int count = 0;
  Duration wait{};
  char kind = 0;
  bool on = false;
  std::string interface;
  EXPECT_NE(reader.map().text("name", name), nullptr);
  EXPECT_NE(reader.map().integer("count", count), nullptr);
  EXPECT_NE(reader.map().duration("wait", wait), nullptr);
  EXPECT_NE(reader.map().choice("kind", kKinds, kind), nullptr);
  EXPECT_NE(reader.map().boolean("on", on), nullptr);
  EXPECT_EQ(reader.map().list("items").size(), 2U);
  EXPECT_NE(reader.map().text("interface", interface), nullptr);
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
  EXPECT_EQ(reader.map().integer("count", count), nullptr);
  EXPECT_EQ(count, 7);
  EXPECT_TRUE(reader.map().list("items").empty());
  EXPECT_EQ(reader.faults(), Texts{});
  reader.map().require("count");
  EXPECT_EQ(reader.faults(), Texts{"f:1:1: a thing lacks the key 'count'"});
}

TEST(MapReader, WhatIsRequiredIsMissed) {
  Reader reader("{nmae: web}", needy_shape());
  EXPECT_EQ(reader.faults(),
            (Texts{"f:1:1: a needy thing lacks the key 'count'",
                   "f:1:2: unknown key 'nmae' in a needy thing, did you mean 'name'?"}));
}

TEST(MapReader, ATypoIsOneFaultAndReadAsWhatWasMeant) {
  Reader reader("nmae: web\ncount: 1\ncuont: 2\nfoo: 3\n");
  std::string name;
  int count = 0;
  EXPECT_NE(reader.map().text("name", name), nullptr);
  EXPECT_NE(reader.map().integer("count", count), nullptr);
  EXPECT_EQ(name, "web");
  EXPECT_EQ(count, 1) << "the key that is right wins over the typo of it";
  EXPECT_EQ(
      reader.faults(),
      (Texts{"f:1:1: unknown key 'nmae' in a thing, did you mean 'name'?",
             "f:3:1: unknown key 'cuont' in a thing, did you mean 'count'?",
             "f:4:1: unknown key 'foo' in a thing, expected one of name, count, wait, kind, on, "
             "items or interface"}));
}

TEST(MapReader, WhatIsNoMapIsOneFault) {
  Reader reader("[1]");
  std::string name;
  EXPECT_EQ(reader.map().text("name", name), nullptr);
  EXPECT_EQ(
      reader.faults(),
      Texts{"f:1:1: a thing: found a list, expected a map with the keys name, count, wait, kind, "
            "on, items and interface"});
  EXPECT_EQ(
      Reader("name:web").faults(),
      Texts{"f:1:1: a thing: found 'name:web', expected a map with the keys name, count, wait, "
            "kind, on, items and interface: put a blank after the colon"});
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
  EXPECT_EQ(reader.map().duration("wait", wait), nullptr);
  EXPECT_EQ(wait, seconds{7});
  return reader.faults();
}

TEST(MapReader, Durations) {
  const std::string expected = ", expected a time from 10ms to 2s";
  EXPECT_EQ(duration_faults("9ms"), Texts{"f:1:7: wait: found '9ms'" + expected});
  EXPECT_EQ(duration_faults("2.001s"), Texts{"f:1:7: wait: found '2.001s'" + expected});
  EXPECT_EQ(duration_faults("1"),
            Texts{"f:1:7: wait: found '1'" + expected + ": add a unit, as in 1s"});
  EXPECT_EQ(duration_faults("100"),
            Texts{"f:1:7: wait: found '100'" + expected + ": add a unit, as in 100ms"})
      << "100s would be refused";
  EXPECT_EQ(duration_faults("3000"), Texts{"f:1:7: wait: found '3000'" + expected});
  EXPECT_EQ(duration_faults("soon"), Texts{"f:1:7: wait: found 'soon'" + expected});
  EXPECT_EQ(duration_faults("1 s"), Texts{"f:1:7: wait: found '1 s'" + expected});
  EXPECT_EQ(duration_faults("[1s]"), Texts{"f:1:7: wait: found a list" + expected});
}

Texts boolean_faults(const std::string& value) {
  Reader reader("on: " + value + "\n");
  bool on = true;
  EXPECT_EQ(reader.map().boolean("on", on), nullptr);
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
  EXPECT_EQ(reader.map().text("name", name), nullptr);
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
  EXPECT_NE(Reader("name: " + std::string(64, 'a')).map().text("name", name), nullptr);
}

Texts interface_faults(const std::string& value) {
  Reader reader("interface: " + value + "\n");
  std::string interface;
  EXPECT_EQ(reader.map().text("interface", interface), nullptr);
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
  EXPECT_NE(Reader("interface: fifteenletters0").map().text("interface", interface), nullptr);
}

TEST(MapReader, Choices) {
  char kind = 7;
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
  reader.map().list("items");
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
