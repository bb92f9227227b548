#include "core/expected.h"

#include <gtest/gtest.h>

namespace rung {
namespace {

Expected<int> refuse() { return failure(ErrorCode::malformed, "no segment", "x.mpd line 3"); }

TEST(Expected, CarriesAValueOrAFailure) {
  const Expected<int> value = 7;
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, 7);
  const Expected<int> refused = refuse();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (Error{ErrorCode::malformed, "no segment", "x.mpd line 3"}));
}

TEST(Error, PutsThePlaceBeforeTheSentence) {
  EXPECT_EQ(to_string(refuse().error()), "x.mpd line 3: no segment");
  EXPECT_EQ(to_string(Error{ErrorCode::io, "cannot read", ""}), "cannot read");
}

}  // namespace
}  // namespace rung
