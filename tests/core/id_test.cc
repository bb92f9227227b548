#include "core/id.h"

#include <gtest/gtest.h>

#include <concepts>

namespace rung {
namespace {

using TitleId = Id<struct TitleTag>;

static_assert(!std::convertible_to<std::uint64_t, TransferId>);
static_assert(!std::convertible_to<TransferId, std::uint64_t>);
static_assert(!std::convertible_to<TitleId, TransferId>);
static_assert(!std::equality_comparable_with<TitleId, TransferId>);

TEST(Id, GrowsByOne) {
  const TransferId first;
  EXPECT_EQ(first.next(), TransferId(1));
  EXPECT_LT(first, first.next());
  EXPECT_EQ(TransferId(41).next().value(), 42u);
}

}  // namespace
}  // namespace rung
