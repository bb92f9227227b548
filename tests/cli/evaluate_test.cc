#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <tuple>

#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

const std::string sources = RUNG_SOURCE_DIR;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Evaluate : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  /// A suite of 16 generated traces, whose baseline is `fixed:1`; returns its path.
  [[nodiscard]] std::string suite(const std::string& policies, const std::string& more = "") const {
    std::filesystem::create_directories(folder_.path() / "links");
    for (int i = 0; i < 16; ++i)
      std::ofstream(path("links/log" + std::to_string(i) + ".csv"))
          << "duration_ms,down_kbps\n20000," << 900 + 250 * i << "\n15000," << 2000 + 90 * i
          << "\n";
    std::filesystem::copy_file(sources + "/examples/ladder.json", path("ladder.json"),
                               std::filesystem::copy_options::overwrite_existing);
    std::ofstream(path("suite.toml"), std::ios::binary)
        << "title = \"ladder.json\"\ntraces = \"links\"\npolicies = [" << policies << "]\n"
        << more;
    return path("suite.toml");
  }
  [[nodiscard]] static Output evaluate(const std::string& arguments) {
    return test::run(std::string(RUNG_PROGRAM) + " evaluate " + arguments + " 2>/dev/null");
  }
  [[nodiscard]] static Output complaint(const std::string& arguments) {
    return test::run(std::string(RUNG_PROGRAM) + " evaluate " + arguments + " 2>&1 >/dev/null");
  }

 private:
  test::TemporaryDirectory folder_;
};

TEST_F(Evaluate, EndsWithOneWhereAPolicyIsWorseAndWithZeroWhereNoneIs) {
  const Output worse = evaluate(suite("\"robust-mpc\", \"fixed:highest\", \"fixed:0\""));
  EXPECT_EQ(worse.status, 1);
  EXPECT_THAT(worse.text, HasSubstr("3 policies x 1 titles x 16 traces (16 logs) x 1 seeds"));
  EXPECT_THAT(worse.text, HasSubstr("\nworse: fixed:highest"));
  const Output better = evaluate(suite("\"fixed:0\", \"robust-mpc\""));
  EXPECT_EQ(better.status, 0);
  EXPECT_THAT(better.text, HasSubstr("  better\n"));
  EXPECT_TRUE(better.text.ends_with("\npassed\n"));
}

TEST_F(Evaluate, GivesTheSameBytesWhateverTheNumberOfThreads) {
  const std::string what = suite("\"robust-mpc\", \"bba\", \"rate\"", "seeds = [1, 2]\n");
  std::string first;
  for (const std::string jobs : {"1", "2", "7"}) {
    const Output output =
        evaluate(what + " --junit " + path("j.xml") + " --markdown " + path("m.md") +
                 " --save-baseline " + path("b.tsv") + " --jobs " + jobs);
    const std::string all =
        output.text + read(path("j.xml")) + read(path("m.md")) + read(path("b.tsv"));
    EXPECT_GT(all.size(), 5000);
    if (first.empty()) first = all;
    EXPECT_EQ(all, first) << jobs;
  }
}

TEST_F(Evaluate, HoldsEveryPolicyAgainstItsRecord) {
  const std::string what = suite("\"robust-mpc\", \"bba\"");
  EXPECT_NE(evaluate(what + " --save-baseline " + path("b.tsv")).status, 2);
  const Output same = evaluate(what + " --baseline " + path("b.tsv"));
  EXPECT_EQ(same.status, 0);
  EXPECT_THAT(same.text, HasSubstr("unchanged"));
  EXPECT_THAT(same.text, HasSubstr("0 of 16"));

  // Another estimator changes what RobustMPC does; a start-up of 12 s is worse for both.
  const std::string slow = suite("\"robust-mpc\", \"bba\"", "startup_s = 12\n");
  const Output worse =
      evaluate(slow + " --baseline " + path("b.tsv") + " --junit " + path("j.xml"));
  EXPECT_EQ(worse.status, 1);
  EXPECT_THAT(worse.text, HasSubstr("worse: robust-mpc, bba\n"));
  EXPECT_THAT(read(path("j.xml")), HasSubstr("tests=\"3\" failures=\"2\""));

  const Output fewer =
      complaint(suite("\"bba\"", "seeds = [2]\n") + " --baseline " + path("b.tsv"));
  EXPECT_EQ(fewer.status, 2);
  EXPECT_THAT(fewer.text, HasSubstr("b.tsv: the baseline file lacks bba on links/log0.csv"));
}

TEST_F(Evaluate, NamesFilesAsTheSuiteDoesFromWhereverItRuns) {
  const std::string what = suite("\"bba\"");
  EXPECT_EQ(evaluate(what + " --save-baseline " + path("one.tsv")).status, 0);
  EXPECT_EQ(test::run("cd " + path("links") + " && " + RUNG_PROGRAM +
                      " evaluate ../suite.toml --save-baseline ../two.tsv 2>&1 >/dev/null")
                .status,
            0);
  EXPECT_EQ(read(path("one.tsv")), read(path("two.tsv")));
  EXPECT_THAT(read(path("one.tsv")), HasSubstr("\tladder.json\tlinks/log0.csv\t1\tended\t"));
}

TEST_F(Evaluate, EndsWithTwoAndOneLineWhereItCannotRun) {
  std::ofstream(path("broken.csv")) << "duration_ms,down_kbps\n1000,x\n";
  const std::string good = suite("\"bba\"");
  struct Case {
    std::string arguments;
    std::string said;
  };
  for (const Case& bad : {
           Case{path("none.toml"), "none.toml"},
           Case{good + " --baseline " + path("none.tsv"), "none.tsv"},
           Case{good + " --baseline " + path("ladder.json"), "is no baseline"},
           Case{good + " --junit /nowhere/j.xml", "/nowhere/j.xml"},
       }) {
    const Output output = complaint(bad.arguments);
    EXPECT_EQ(output.status, 2) << bad.arguments;
    EXPECT_THAT(output.text, HasSubstr(bad.said));
    EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << output.text;
  }
  for (const auto& [policies, more, said] :
       {std::tuple{"\"bolae\"", "", "'bolae'"}, std::tuple{"\"bba\"", "estimator = \"x\"", "'x'"},
        std::tuple{"\"bba\"", "polices = \"x\"", "suite.toml line 4"},
        std::tuple{"\"bba\"", "qoe = \"ssim\"", "ssim"},
        std::tuple{"\"bba\"", "buffer_s = 1", "buffer_capacity"}}) {
    const Output output = complaint(suite(policies, more));
    EXPECT_EQ(output.status, 2) << said;
    EXPECT_THAT(output.text, HasSubstr(said));
  }
  std::ofstream(path("suite.toml"))
      << "title=\"ladder.json\"\ntraces=\"broken.csv\"\npolicies=\"bba\"\n";
  EXPECT_THAT(complaint(path("suite.toml")).text, HasSubstr("broken.csv line 2"));
  if (std::filesystem::is_character_file("/dev/full")) {
    const std::string program = std::string(RUNG_PROGRAM) + " evaluate ";
    EXPECT_EQ(test::run(program + suite("\"bba\"") + " 2>/dev/null >/dev/full").status, 2);
  }
}

TEST_F(Evaluate, WritesAPageThatABrowserDraws) {
  const std::string what = suite("\"robust-mpc\", \"bba\", \"rate\"");
  EXPECT_NE(evaluate(what + " --html " + path("r.html")).status, 2);
  EXPECT_THAT(read(path("r.html")), HasSubstr("<svg "));
  if (test::run("command -v chromium").status != 0) GTEST_SKIP() << "chromium is not installed";
  const std::string browser = "cd " + path("") +
                              " && HOME=. timeout 60 chromium --headless --no-sandbox "
                              "--disable-gpu --disable-dev-shm-usage --user-data-dir=profile ";
  // The page measures itself: a copy with a script that writes what was laid out.
  std::ofstream(path("measured.html"))
      << read(path("r.html"))
      << "<script>document.title = 'drawn ' + [...document.querySelectorAll('svg')].filter("
         "s => s.getBBox().width > 400 && s.getBoundingClientRect().height > 60).length"
         "</script>";
  const Output drawn = test::run(browser + "--dump-dom measured.html 2>/dev/null");
  EXPECT_THAT(drawn.text, HasSubstr("<title>drawn 3</title>"));
}

TEST_F(Evaluate, RunsTheSuiteOfTheExamples) {
  const Output output = evaluate(sources + "/examples/suite.toml");
  EXPECT_NE(output.status, 2);
  EXPECT_THAT(output.text, HasSubstr("Paired differences from robust-mpc"));
}

}  // namespace
}  // namespace rung
