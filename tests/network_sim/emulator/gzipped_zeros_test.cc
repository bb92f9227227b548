#include "network_sim/emulator/gzipped_zeros.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rung::emulator {
namespace {

using namespace std::string_literals;

TEST(GzippedZeros, AreSmallAndTellTheirSize) {
  for (const auto& [size, told] :
       {std::pair{0, "\0\0\0\0"s}, std::pair{100'000, "\xa0\x86\x01\0"s}}) {
    const std::string packed = gzipped_zeros(size);
    EXPECT_TRUE(packed.starts_with("\x1f\x8b")) << size;
    EXPECT_TRUE(packed.ends_with(told)) << size;
    EXPECT_LT(packed.size(), 1000U);
  }
}

}  // namespace
}  // namespace rung::emulator
