#include "core/checksum.h"

#include <gtest/gtest.h>

namespace rung {
namespace {

// The values that the authors of FNV publish.
static_assert(checksum("") == 0xcbf29ce484222325U);
static_assert(checksum("a") == 0xaf63dc4c8601ec8cU);
static_assert(checksum("foobar") == 0x85944171f73967e8U);

TEST(Checksum, TellsBytesApartThatAreNegativeAsLetters) {
  EXPECT_NE(checksum("\x80"), checksum("\xff"));
}

}  // namespace
}  // namespace rung
