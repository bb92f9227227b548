#include "player/arrival_check.h"

#include <gtest/gtest.h>

namespace rung::player {
namespace {

using namespace std::string_literals;

std::string defect(ArrivalCheck::Of what, const std::string& text) {
  ArrivalCheck check;
  for (const char& letter : text) check.take(std::as_bytes(std::span(&letter, 1)));
  const auto found = check.defect(what, "text/html");
  // Only what is empty may be there the next time.
  const auto kind =
      text.empty() ? session::FailureKind::truncated : session::FailureKind::incomplete;
  if (!found) return "";
  EXPECT_EQ(found->kind, kind) << text;
  return found->message;
}

TEST(ArrivalCheck, TellsWhatIsNoMedia) {
  const std::string moof = "\0\0\0\x0amoofxy"s;
  const std::string moov = "\0\0\0\x0amoovxy"s;
  for (const auto what : {ArrivalCheck::Of::segment, ArrivalCheck::Of::init}) {
    EXPECT_EQ(defect(what, ""), "is empty");
    EXPECT_EQ(defect(what, "<html>"), "is a text (text/html) and no media");
    EXPECT_EQ(defect(what, moov.substr(0, 9)), "ends inside of a box, so its file is cut short");
    EXPECT_EQ(defect(what, moov), "");
    EXPECT_EQ(defect(what, "G" + std::string(187, 'p')), "");
  }
  EXPECT_EQ(defect(ArrivalCheck::Of::segment, moof), "");
  EXPECT_EQ(defect(ArrivalCheck::Of::init, moof), "is no init segment");
  EXPECT_EQ(defect(ArrivalCheck::Of::init, "nothing that is known"), "is no init segment");
}

}  // namespace
}  // namespace rung::player
