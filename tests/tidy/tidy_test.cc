#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/checks.h"

namespace rung::tidy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Case {
  std::string_view name;
  std::string_view path;
  std::string_view text;
  /// The only rule that the file breaks; empty where it breaks none.
  std::string_view rule;
};

class FileRule : public testing::TestWithParam<Case> {};

TEST_P(FileRule, IsAppliedToTheCodeAlone) {
  const Case& row = GetParam();
  std::vector<std::string_view> rules;
  for (const Finding& finding : check_file(read_source(std::string(row.path), row.text))) {
    rules.push_back(finding.rule);
  }
  if (row.rule.empty()) {
    EXPECT_THAT(rules, IsEmpty());
  } else {
    EXPECT_THAT(rules, ElementsAre(row.rule));
  }
}

constexpr auto cases = std::to_array<Case>({
    {"ThreadInPureRoom", "abr/policy.cc", "#include <thread>\n", "include"},
    {"ThreadInPlayer", "player/player.cc", "#include <thread>\n", ""},
    {"FilesInPackager", "media/package/a.cc", "#include <fstream>\n", ""},
    {"RandomInPureRoom", "core/a.cc", "#include <random>\n", "include"},
    {"OurRandomInPureRoom", "abr/a.cc", "#include \"core/random.h\"\n", ""},
    {"FormatInPureHeader", "abr/a.h", "#pragma once\n#include <fmt/core.h>\n", "include"},
    {"FormatInPureSource", "abr/a.cc", "#include <fmt/core.h>\n", ""},
    {"DownTheRooms", "session/a.cc", "#include \"abr/policy.h\"\n", ""},
    {"UpTheRooms", "abr/a.cc", "#include \"session/event.h\"\n", "direction"},
    {"PureRoomUsesDecoder", "session/a.cc", "#include \"media/decode/frame.h\"\n", "direction"},
    {"PlayerUsesSimulator", "player/a.cc", "#include \"network_sim/trace.h\"\n", "direction"},
    {"TestUsesProgram", "tests/media/a.cc", "#include \"cli/files.h\"\n", "direction"},
    {"ClockInPureRoom", "media/a.cc", "auto t = SteadyClock::now();\n", "pure-code"},
    {"ClockInComment", "media/a.cc", "// There is no Clock::now() here.\nint a;\n", ""},
    {"ClockInString", "media/a.cc", "auto t = \"::now()\";\n", ""},
    {"ClockInRawString", "media/a.cc", "auto t = R\"x(\n\"::now()\n)x\";\n", ""},
    {"NoGuard", "core/a.h", "int a;\n", "pragma-once"},
    {"OpenedNamespace", "core/a.cc", "using namespace std;\n", "using-namespace"},
    {"OpenedLiterals", "core/a.cc", "using namespace std::chrono_literals;\n", ""},
    {"RawNew", "player/a.cc", "auto* a = new Thing();\n", "memory"},
    {"OwnedNew", "player/a.cc", "std::unique_ptr<Thing> a(new Thing());\n", ""},
    {"RawDelete", "player/a.cc", "  delete thing;\n", "memory"},
    {"DeletedFunction", "player/a.h", "#pragma once\nThing(const Thing&) = delete;\n", ""},
    {"NameThatSaysNothing", "player/string_utils.cc", "int a;\n", "file-name"},
    {"NameWithinWord", "player/datagram.cc", "int a;\n", ""},
    {"CommentedCode", "core/a.cc", "// call(something);\nint a;\n", "dead-code"},
    {"CommentedProse", "core/a.cc", "// Ends in a clause; and goes on;\nint a;\n", ""},
    {"SkippedTest", "tests/core/a.cc", "TEST(A, DISABLED_B) {}\n", "disabled-test"},
});

INSTANTIATE_TEST_SUITE_P(Rules, FileRule, testing::ValuesIn(cases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(FileRule, BoundsLinesAndFiles) {
  const std::string line = "int " + std::string(100, 'a') + ";\n";
  EXPECT_EQ(check_file(read_source("core/a.cc", line)).front().rule, "line-length");
  std::string file;
  for (int count = 0; count < 601; ++count) {
    file += "int a;\n";
  }
  EXPECT_EQ(check_file(read_source("core/a.cc", file)).front().rule, "length");
}

TEST(FileRule, CountsCharactersAndNotBytes) {
  std::string line = "// ";
  for (int count = 0; count < 60; ++count) {
    line += "\xC3\xA9";
  }
  EXPECT_THAT(check_file(read_source("core/a.cc", line + "\n")), IsEmpty());
}

TEST(ProjectRule, FindsHeadersWithoutTestAndSourcesThatAreNotBuilt) {
  std::vector<SourceText> files = {
      read_source("abr/CMakeLists.txt", "rung_library(abr SOURCES policy.cc)\n"),
      read_source("abr/forgotten.cc", ""),
      read_source("abr/policy.cc", ""),
      read_source("abr/policy.h", "#pragma once\n"),
  };
  const std::vector<Finding> findings = check_project(files);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].path, "abr/forgotten.cc");
  EXPECT_EQ(findings[0].rule, "built");
  EXPECT_EQ(findings[1].path, "abr/policy.h");
  EXPECT_EQ(findings[1].rule, "test");

  files.push_back(read_source("tests/abr/policies_test.cc", "#include \"abr/policy.h\"\n"));
  files.push_back(read_source("tests/abr/CMakeLists.txt", "policies_test.cc\n"));
  EXPECT_EQ(check_project(files).size(), 1U);
}

}  // namespace
}  // namespace rung::tidy
