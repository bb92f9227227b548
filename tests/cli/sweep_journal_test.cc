#include "cli/sweep_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "cli/ranks.h"
#include "tests/support/temporary_directory.h"

namespace rung::cli {
namespace {

class Journal : public testing::Test {
 protected:
  Journal() { ranks_ = *Ranks::join(); }
  [[nodiscard]] Expected<std::unique_ptr<SweepJournal>> open(bool go_on) const {
    return SweepJournal::open(path(), go_on, 7, 10, *ranks_);
  }
  [[nodiscard]] std::string path() const { return (folder_.path() / "j").string(); }
  [[nodiscard]] std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path(), std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  test::TemporaryDirectory folder_;
  std::unique_ptr<Ranks> ranks_;
};

TEST_F(Journal, HasEverySessionInItsFileAsSoonAsItIsDone) {
  const auto journal = open(false);
  ASSERT_TRUE(journal);
  for (int session = 0; session < 3; ++session) {
    (*journal)->add(static_cast<std::size_t>(session), {});
    EXPECT_EQ(std::ranges::count(read(), '\n'), 2 + session);
  }
}

}  // namespace
}  // namespace rung::cli
