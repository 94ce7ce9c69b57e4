// SPDX-License-Identifier: Apache-2.0
#include "import/tree.h"

#include <gtest/gtest.h>

#include "tests/unit/import/machine.h"

namespace holdfast::importer {
namespace {

using Texts = std::vector<std::string>;

Tree tree_of(const std::string& text) {
  MemoryMachine machine;
  machine.files["f"] = text;
  return build_tree(preprocess("f", machine.machine()));
}

Texts words_of(std::string_view line) {
  Texts texts;
  for (const Word& word : split_words(line)) texts.push_back(word.text);
  return texts;
}

TEST(Words, QuotesAreTakenOffAndBlanksInThemKept) {
  EXPECT_EQ(words_of(R"(abcd" efg h jkl "mnop)"), Texts{"abcd efg h jkl mnop"});
  EXPECT_EQ(words_of(R"(abcd "efg h jkl" mnop)"), (Texts{"abcd", "efg h jkl", "mnop"}));
  EXPECT_EQ(words_of("\ta  'b c' \"\" "), (Texts{"a", "b c", ""}));
}

TEST(Words, EscapesAreKeptApart) {
  const std::vector<Word> words = split_words(R"("a\x41\102\n\"\\ \c[")");
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0].escaped, "aAB\n\"\\ \x1b");
  EXPECT_EQ(words[0].text, R"(a\x41\102\n\"\\ \c[)");
}

TEST(Words, BracesAreWordsOnTheirOwnOrAtTheEnd) {
  EXPECT_EQ(words_of("vrrp_instance VI_1{"), (Texts{"vrrp_instance", "VI_1", "{"}));
  EXPECT_EQ(words_of("regex a{2}b"), (Texts{"regex", "a{2}b"}));
}

TEST(Words, OfACommand) {
  const std::vector<Word> words = split_words(
      R"(notify "/etc/n.sh ' spaces\\x20f\x69le ' '\"s p a c e \"' SG1.low master" user)");
  EXPECT_EQ(split_command(words[1].escaped),
            (Texts{"/etc/n.sh", " spaces file ", "\"s p a c e \"", "SG1.low", "master"}));
}

TEST(Tree, BlocksInEveryForm) {
  const Tree tree = tree_of("a x {\n b 1\n}\nc\n{\n d\n}\ne { f 1 }\n");
  ASSERT_TRUE(tree.problems.empty());
  ASSERT_EQ(tree.directives.size(), 3U);
  EXPECT_EQ(tree.directives[0].argument(), "x");
  EXPECT_EQ(tree.directives[0].children[0].name(), "b");
  EXPECT_EQ(tree.directives[1].children[0].place.line, 6);
  EXPECT_EQ(tree.directives[2].children[0].argument(), "1");
}

TEST(Tree, CommentsStayWithWhatFollows) {
  const Tree tree = tree_of("# of a\na {\n # of b\n b # beside b\n # last\n}\n# end\n");
  ASSERT_EQ(tree.directives.size(), 1U);
  const Directive& a = tree.directives[0];
  EXPECT_EQ(a.comments, Texts{"of a"});
  EXPECT_EQ(a.children[0].comments, (Texts{"of b", "beside b"}));
  EXPECT_EQ(a.closing_comments, Texts{"last"});
  EXPECT_EQ(tree.comments, Texts{"end"});
}

TEST(Tree, BracesThatDoNotFit) {
  EXPECT_EQ(tree_of("a {\n b\n").problems[0].message, "the block of 'a' is not closed");
  EXPECT_EQ(tree_of("a\n}\n").problems[0].message, "a '}' that closes nothing");
  EXPECT_EQ(tree_of("{\n}\n").problems[0].message, "a '{' that no directive stands before");
}

}  // namespace
}  // namespace holdfast::importer
