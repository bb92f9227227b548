#include "abr/policy.h"

#include <gtest/gtest.h>

namespace rung::abr {
namespace {

TEST(Reason, ReadsWhatItWrites) {
  for (int value = 0; value <= static_cast<int>(Reason::upgrade); ++value) {
    const auto reason = static_cast<Reason>(value);
    EXPECT_EQ(parse_reason(to_string(reason)), reason);
  }
  EXPECT_EQ(parse_reason("whim"), std::nullopt);
}

}  // namespace
}  // namespace rung::abr
