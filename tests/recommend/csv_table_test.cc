#include "recommend/csv_table.h"

#include <gtest/gtest.h>

#include <string>

namespace rung::recommend {
namespace {

TEST(CsvTable, TakesQuotesOffAndPassesOverEmptyLines) {
  auto table = CsvTable::open(
      "\xef\xbb\xbf"
      "a,b\r\n\r\n\"x, y\",2\n",
      "t", "table");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->column({"c", "b"}), 1U);
  EXPECT_FALSE(table->column({"c"}));
  ASSERT_EQ(table->next(2), true);
  EXPECT_EQ((*table)[0], "x, y");
  EXPECT_EQ(table->place(), "t line 3");
  EXPECT_EQ(table->next(2), false);
}

TEST(CsvTable, NumbersAreWholeFields) {
  EXPECT_EQ(whole_number("12"), 12);
  EXPECT_FALSE(whole_number("12 "));
  EXPECT_EQ(real_number("1e-3"), 0.001);
  EXPECT_FALSE(real_number("inf"));
  EXPECT_FALSE(real_number(""));
}

}  // namespace
}  // namespace rung::recommend
