// SPDX-License-Identifier: Apache-2.0
#include "import/source.h"

#include <gtest/gtest.h>

#include "tests/unit/import/machine.h"

namespace holdfast::importer {
namespace {

constexpr const char* kPath = "/etc/keepalived/keepalived.conf";
using Texts = std::vector<std::string>;

Source source_of(const std::string& text, MemoryMachine machine = {}) {
  machine.files[kPath] = text;
  return preprocess(kPath, machine.machine());
}

Texts lines_of(const std::string& text, const MemoryMachine& machine = {}) {
  const Source source = source_of(text, machine);
  EXPECT_TRUE(source.problems.empty()) << source.problems[0].message;
  Texts lines;
  for (const Line& line : source.lines) lines.push_back(line.text);
  return lines;
}

std::string problem_of(const std::string& text, const MemoryMachine& machine = {}) {
  const Source source = source_of(text, machine);
  return source.problems.empty() ? "" : source.problems[0].message;
}

TEST(Preprocessor, AByteOrderMarkIsPassedOver) {
  EXPECT_EQ(lines_of("\xef\xbb\xbfvrrp_instance a {\n"), Texts{"vrrp_instance a {"});
}

TEST(Preprocessor, CommentsGoToTheNextLineAndAreNoneInQuotes) {
  const Source source = source_of(
      "# first\n! second\n\n  priority 100 # third\nnotify \"/bin/a #1 !\" ! x\n# at the end\n");
  ASSERT_EQ(source.lines.size(), 2U);
  EXPECT_EQ(source.lines[0].text, "priority 100");
  EXPECT_EQ(source.lines[0].comments, (Texts{"first", "second"}));
  EXPECT_EQ(source.lines[0].comment, "third");
  EXPECT_EQ(source.lines[0].place.line, 4);
  EXPECT_EQ(source.lines[1].text, "notify \"/bin/a #1 !\"");
  EXPECT_EQ(source.comments, Texts{"at the end"});
}

TEST(Preprocessor, ConditionalLines) {
  const std::string text = "@lb1 a\n@lb2 b\n@^lb1 c\n@^lb2 d\n";
  EXPECT_EQ(lines_of(text), (Texts{"a", "d"}));
  EXPECT_EQ(lines_of(text, {.config_id = "lb2"}), (Texts{"b", "c"}));
}

TEST(Preprocessor, DefinitionsAreReplacedWhereTheyAreUsed) {
  EXPECT_EQ(lines_of("$BASE=10.2.${SUB}\n$SUB=0\n${BASE}.100/32\n$SUB=10\n${BASE}.100/32\n"),
            (Texts{"10.2.0.100/32", "10.2.10.100/32"}));
  EXPECT_EQ(lines_of("$P=240\npriority $P\npriority $P2\n${UNKNOWN} $P\n"),
            (Texts{"priority 240", "priority $P2", "${UNKNOWN} 240"}));
  EXPECT_EQ(lines_of("$E=\na $E b\n"), Texts{"a  b"});
  EXPECT_EQ(lines_of("@lb1 $P=1\n@lb2 $P=2\n$IF=@lb1\n$IF priority $P\n"), Texts{"priority 1"});
}

TEST(Preprocessor, DefinitionsOfSeveralLines) {
  EXPECT_EQ(
      lines_of("$I= \\\nvrrp_instance VI_${N} { \\\n\n  @lb1 priority 1 \\\n  @lb2 priority 2 "
               "\\\n}\n$N=7\n$I\n$N=8\n$I\n"),
      (Texts{"vrrp_instance VI_7 {", "priority 1", "}", "vrrp_instance VI_8 {", "priority 1",
             "}"}));
  EXPECT_EQ(
      lines_of("$RS= \\\nreal 10.0.0.${R} \\\nend\n$VS= \\\n$R=1 \\\n$RS \\\n$R=2 \\\n$RS\n$VS\n"),
      (Texts{"real 10.0.0.1", "end", "real 10.0.0.2", "end"}));
}

TEST(Preprocessor, WhatIsDefinedAlready) {
  EXPECT_EQ(lines_of("${_PWD}/a ${_INSTANCE} ${_ENV HOME} ${_HASH} ${_BANG}\n",
                     {.variables = {{"HOME", "/root"}}}),
            Texts{"/etc/keepalived/a lb1 /root # !"});
}

TEST(Preprocessor, Sequences) {
  EXPECT_EQ(lines_of("~SEQ(N, 0, 3) a${N}\n"), (Texts{"a0", "a1", "a2", "a3"}));
  EXPECT_EQ(lines_of("~SEQ(N, 2) a${N}\n~SEQ(M, -2) b${M}\n"), (Texts{"a1", "a2", "b-1", "b-2"}));
  EXPECT_EQ(lines_of("~SEQ(N, 3, 1) a${N}\n"), (Texts{"a3", "a2", "a1"}));
  EXPECT_EQ(lines_of("~SEQ(N, 168, 2, 172) a${N}\n"), (Texts{"a168", "a170", "a172"}));
  EXPECT_EQ(lines_of("~SEQx(N, 0x90, 0x10, 0xb0) fe80::${N}:1\n"),
            (Texts{"fe80::90:1", "fe80::a0:1", "fe80::b0:1"}));
  EXPECT_EQ(lines_of("$V= \\\nx ${A} \\\ny ${B}\n~SEQ(A,1,2) ~SEQ(B,5,6) $V\n"),
            (Texts{"x 1", "y 5", "x 1", "y 6", "x 2", "y 5", "x 2", "y 6"}));
  EXPECT_EQ(problem_of("~SEQ(N, 1, 0, 3) a\n"), "a ~SEQ whose step is 0 has no end");
  EXPECT_EQ(problem_of("~SEQ(N, a) a\n"), "'a' in a ~SEQ is no number");
  EXPECT_EQ(problem_of("~SEQ(N, 1 a\n"), "the brackets of ~SEQ are not closed");
  EXPECT_EQ(problem_of("~SEQ(N, 1, 1000000) a\n"), "a ~SEQ of more than 100000 rounds");
  EXPECT_EQ(problem_of("~SEQ(N, 1, 100001) a\n"), "a ~SEQ of more than 100000 rounds");
  EXPECT_EQ(lines_of("~SEQ(N, 1, 100000) a\n").size(), 100'000U);
  EXPECT_EQ(lines_of("~SEQ(N, 5, -1, 1000000000) a\n"), Texts{});
  // 10^9 lines, and 10^10 definitions, which would make no line.
  const std::string many =
      "sequences and lists of more than 300000 rounds, each of one in another "
      "counted";
  EXPECT_EQ(problem_of("~SEQ(A,1,1000) ~SEQ(B,1,1000) ~SEQ(C,1,1000) a\n"), many);
  EXPECT_EQ(problem_of("~SEQ(A,1,99999) ~SEQ(B,1,99999) $C=1\n"), many);
}

TEST(Preprocessor, Lists) {
  EXPECT_EQ(lines_of("~LST(N, a, b) x${N}\n"), (Texts{"xa", "xb"}));
  EXPECT_EQ(lines_of("~LST({A, B}, {10,1},{20,4}) 192.168.${A}.${B}\n"),
            (Texts{"192.168.10.1", "192.168.20.4"}));
  EXPECT_EQ(lines_of("~LST(A, 1, 2) ~SEQ(B,3,4) ${A}.${B}\n"), (Texts{"1.3", "1.4", "2.3", "2.4"}));
  EXPECT_EQ(problem_of("~LST({A, B}, {1}) x\n"),
            "a ~LST needs as many values as variables in each of its rounds");
}

TEST(Preprocessor, WhyAFileCannotBeReadIsSaid) {
  const Source source = preprocess("/nowhere", MemoryMachine{}.machine());
  ASSERT_EQ(source.problems.size(), 1U);
  EXPECT_EQ(source.problems[0].message, "cannot be read: No such file or directory");
  EXPECT_EQ(source.problems[0].place.file, "/nowhere");
}

TEST(Preprocessor, IncludesAreRelativeToTheFileTheyStandIn) {
  MemoryMachine machine;
  machine.files["/etc/keepalived/conf.d/a.conf"] = "a ${_PWD}\ninclude more/x.conf\n";
  machine.files["/etc/keepalived/conf.d/b.conf"] = "b\n";
  machine.files["/etc/keepalived/conf.d/more/x.conf"] = "x\n";
  const Source source = source_of("include conf.d/*\nlast\n", machine);
  ASSERT_EQ(source.problems.size(), 0U);
  ASSERT_EQ(source.lines.size(), 5U);
  EXPECT_EQ(source.lines[0].text, "a /etc/keepalived/conf.d");
  EXPECT_EQ(source.lines[1].place, (Place{"/etc/keepalived/conf.d/more/x.conf", 1}));
  EXPECT_EQ(source.lines[4].text, "last");
  EXPECT_EQ(source.lines[4].place, (Place{kPath, 2}));
}

TEST(Preprocessor, WhatCannotBeIncluded) {
  EXPECT_EQ(source_of("include gone.conf\n").remarks.size(), 1U);
  EXPECT_EQ(problem_of("includem gone.conf\n"),
            "includem: no file matches '/etc/keepalived/gone.conf'");
  EXPECT_EQ(problem_of("include keepalived.conf\n"), "files include one another without end");
  EXPECT_EQ(problem_of("$A=${A}\nx ${A}\n"), "what is defined here means itself");
  EXPECT_EQ(problem_of("$A= \\\nx \\\n"),
            "the definition of $A goes on beyond the end of the file");
}

}  // namespace
}  // namespace holdfast::importer
