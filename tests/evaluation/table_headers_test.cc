#include "evaluation/table_headers.h"

#include <gtest/gtest.h>

namespace rung::evaluation {
namespace {

TEST(TableHeaders, WithoutANameAreFound) {
  for (const char* text :
       {"[.tv]", "[=", "[\n", "[[[a]]]", "[ .a]", "[[ .a]]", "[{a=1}]", "[,]", "[\xc3\xa9]", "[#]"})
    EXPECT_EQ(nameless_table_header(text), 1) << text;
  EXPECT_EQ(nameless_table_header("a = 1\n\n# [.x]\n  [.b]\n"), 4);
  EXPECT_EQ(nameless_table_header("a = '[.'\n[.b]"), 2);
  EXPECT_EQ(nameless_table_header("a = \"\"\"\n[.x]\n\\\"\"\"\n[.y]\"\"\"\n[.b]"), 5);
}

TEST(TableHeaders, ArraysAndTextsAreNone) {
  for (const char* text :
       {"", "[", "[a]", "[[a]]", "[ a . b ]\nc = 1", "[\"a\"]", "['a']", "[]",
        "a = [\n  [ 1, 2 ],\n  [\n  3 ],\n  [{b = 1}],\n]\n[c]", "a = '''\n[.x]\n'''\n",
        "a = { b = [\n[.5]] }", "# [.x]\n", "a = 1 # it's\n[b]", "a = \"\\\"\"\n[b]"})
    EXPECT_EQ(nameless_table_header(text), std::nullopt) << text;
}

}  // namespace
}  // namespace rung::evaluation
