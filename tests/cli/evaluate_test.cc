#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "abr/estimator_factory.h"
#include "abr/policy_factory.h"
#include "network_sim/scenario.h"
#include "session/session_log.h"
#include "tests/cli/run_program.h"
#include "tests/support/links.h"
#include "tests/support/sanitized.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/titles.h"

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

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> found;
  std::istringstream from(text);
  for (std::string line; std::getline(from, line);) found.push_back(line);
  return found;
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
  /// In place of the suite's: twelve segments, for which an optimum is quickly found.
  void write_short_ladder(const std::string& more) const {
    std::ofstream(path("ladder.json"))
        << R"({"title": "t", "segment_duration_s": 4, "segment_count": 12, "representations": [)"
        << R"({"bandwidth_kbps": 300}, {"bandwidth_kbps": 900}, {"bandwidth_kbps": 1800}])" << more
        << "}";
  }
  /// The log of a session on a link that does not carry its title's second representation.
  void write_log(const std::string& policy, const std::string& name) const {
    using namespace std::chrono_literals;
    const media::Tracks tracks{.video = test::uniform_track(8, 4s, {300, 1000}),
                               .audio = std::nullopt};
    const network_sim::SimulatedTitle title{.name = "a title", .known = tracks, .actual = tracks};
    const network_sim::LinkCapacity link(
        test::trace_of({{.duration = 6s, .rate = 1500_kbps, .rtt = {}},
                        {.duration = 20s, .rate = 350_kbps, .rtt = {}}}));
    std::ofstream file(path(name));
    session::SessionLog log({.title = "a title",
                             .policy = policy,
                             .estimator = "last",
                             .options = {},
                             .tracks = tracks},
                            0,
                            {.line = [&](std::string_view line) { file << line << '\n'; },
                             .url = nullptr,
                             .output = nullptr});
    const auto outcome = network_sim::simulate(
        {.link = link, .title = title, .session = {}, .viewer = {}, .log = &log},
        *abr::make_policy(policy, {}), *abr::make_estimator("last"));
    ASSERT_TRUE(outcome);
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

  // With a second setting every policy has another name.
  const Output renamed = complaint(suite("\"robust-mpc\", \"bba\"", "startup_s = [12, 1]\n") +
                                   " --baseline " + path("b.tsv"));
  EXPECT_EQ(renamed.status, 2);
  EXPECT_THAT(renamed.text, HasSubstr("b.tsv: the baseline file knows none of the policies"));
}

TEST_F(Evaluate, JudgesEverySettingOfAGridAsAPolicyOfItsOwn) {
  // Each setting in a suite of its own.
  std::map<std::string, std::set<std::string>> alone;
  for (const std::string buffer : {"12", "30"})
    for (const std::string rtt : {"0", "80"}) {
      ASSERT_NE(evaluate(suite("\"robust-mpc\", \"bba\"",
                               "buffer_s = " + buffer + "\nrtt_ms = " + rtt + "\n") +
                         " --save-baseline " + path("one.tsv"))
                    .status,
                2);
      for (const std::string& line : lines(read(path("one.tsv")))) {
        const std::size_t name = line.find("\tladder.json\t");
        if (name == std::string::npos) continue;
        const std::size_t trace = line.find("links/");
        alone[line.substr(0, name) + " buffer_s=" + buffer].insert(
            line.substr(name, trace - name) + "rtt_ms=" + rtt + '/' + line.substr(trace));
      }
    }
  const std::string what =
      suite("\"robust-mpc\", \"bba\"",
            "buffer_s = [12, 30]\nrtt_ms = [0, 80]\nbaseline = \"bba buffer_s=30\"\n");
  const Output all = evaluate(what + " --save-baseline " + path("all.tsv"));
  ASSERT_NE(all.status, 2);
  EXPECT_THAT(all.text, HasSubstr("2 policies x 2 settings x 1 titles x 32 traces (16 logs) x 1 "));
  EXPECT_THAT(all.text, HasSubstr("Paired differences from bba buffer_s=30\n"));
  EXPECT_THAT(all.text, testing::ContainsRegex("\nrobust-mpc buffer_s=12 .* of 32 "));
  std::map<std::string, std::set<std::string>> together;
  for (const std::string& line : lines(read(path("all.tsv"))))
    if (const std::size_t name = line.find("\tladder.json\t"); name != std::string::npos)
      together[line.substr(0, name)].insert(line.substr(name));
  EXPECT_EQ(together, alone);
  EXPECT_EQ(together.size(), 4);
  EXPECT_EQ(evaluate(what + " --jobs 3").text, all.text);
  const Output again = evaluate(what + " --baseline " + path("all.tsv"));
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.text, HasSubstr("0 of 32"));

  // The report draws every one of them.
  EXPECT_NE(evaluate(what + " --timelines 1 --html " + path("r.html")).status, 2);
  EXPECT_THAT(read(path("r.html")), HasSubstr("bba buffer_s=12  -  QoE"));
  EXPECT_THAT(read(path("r.html")), HasSubstr("<h3>ladder.json, rtt_ms="));
}

TEST_F(Evaluate, HoldsEverySettingAgainstItsOwnOptimum) {
  const auto regret = [&](const std::string& more) {
    const std::string what = suite("\"bba\"", "regret = true\n" + more);
    write_short_ladder("");
    std::vector<std::string> found;
    for (const std::string& line : lines(evaluate(what).text))
      if (line.starts_with("bba"))
        found.push_back(line.substr(line.rfind(' ', line.rfind(' ') - 3)));
    return found;
  };
  const std::vector<std::string> small = regret("buffer_s = 8\n");
  const std::vector<std::string> large = regret("buffer_s = 30\n");
  const std::vector<std::string> both =
      regret("buffer_s = [8, 30]\nestimator = [\"last\", \"harmonic\"]\n");
  ASSERT_EQ(small.size(), 1);
  ASSERT_GE(both.size(), 4);
  EXPECT_NE(small, large);
  EXPECT_THAT(std::vector(both.begin(), both.begin() + 4),
              testing::ElementsAre(small[0], large[0], small[0], large[0]));
}

TEST_F(Evaluate, GoesOnWithAJournalThatWasTornOffAnywhere) {
  const std::string what = suite("\"bba\", \"rate\"", "buffer_s = [8, 30]\nregret = true\n");
  write_short_ladder("");
  const Output plain = evaluate(what);
  const std::string command = what + " --quiet --journal " + path("j");
  EXPECT_EQ(evaluate(command).text, plain.text);
  const std::string journal = read(path("j"));
  EXPECT_EQ(std::ranges::count(journal, '\n'), 1 + 4 * 16 + 2 * (16 + 16));
  for (const std::size_t left : {std::size_t{0}, journal.size() / 3, journal.size() - 1}) {
    std::ofstream(path("j"), std::ios::binary) << journal.substr(0, left);
    EXPECT_EQ(evaluate(command + " --continue --jobs 2").text, plain.text) << left;
    EXPECT_EQ(std::ranges::count(read(path("j")), '\n'), 1 + 4 * 16 + 2 * (16 + 16));
  }
  EXPECT_THAT(complaint(command).text, HasSubstr("the journal is there already"));
  EXPECT_THAT(complaint(what + " --continue").text, HasSubstr("--continue: needs --journal"));
  const std::string other = suite("\"bba\", \"rate\"", "buffer_s = [8, 31]\nregret = true\n");
  EXPECT_THAT(complaint(other + " --continue --journal " + path("j")).text,
              HasSubstr("of another run"));
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
        std::tuple{"\"bba\"", "qoe = \"psnr\"", "psnr"},
        std::tuple{"\"bba\"", "qoe = \"ssim\"", "a ladder with \"ssim\""},
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
    const Output lost = test::run(program + suite("\"bba\"") + " 2>&1 >/dev/full");
    EXPECT_EQ(lost.status, 2);
    EXPECT_EQ(lost.text, "rung: standard output cannot be written\n");
  }
}

TEST_F(Evaluate, IsNotTakenForAJudgementWhereMemoryEnds) {
  if (test::sanitized) GTEST_SKIP() << "AddressSanitizer takes more memory than may be had here";
  std::string policies = "\"bba\"";
  for (int i = 0; i < 480; ++i) policies += ", \"fixed:" + std::to_string(i) + '"';
  std::string buffers = "buffer_s = [9";
  for (int i = 10; i < 10'000; ++i) buffers += ", " + std::to_string(i);
  const Output output = test::run("ulimit -v 600000; " + std::string(RUNG_PROGRAM) + " evaluate " +
                                  suite(policies, buffers + "]\n") + " 2>&1");
  EXPECT_EQ(output.status, 2);
  EXPECT_EQ(output.text, "rung: std::bad_alloc\n");
}

TEST_F(Evaluate, HoldsSessionsAgainstTheExactOptimumInEveryFormat) {
  const std::string what =
      suite("\"fixed:lowest\", \"bba\", \"oracle\"", "regret = true\nseeds = [1, 2]\n");
  write_short_ladder("");
  const Output output = evaluate(what + " --junit " + path("j.xml") + " --markdown " +
                                 path("m.md") + " --html " + path("r.html"));
  EXPECT_EQ(output.status, 0) << output.text;
  EXPECT_THAT(output.text, testing::ContainsRegex("policy .* failed +regret +normalised\n"));
  EXPECT_THAT(output.text, testing::ContainsRegex("\noracle .* 0 +0\\.000 +1\\.000\n"));
  EXPECT_THAT(output.text, testing::ContainsRegex("\nfixed:lowest .* +0\\.000\n"));
  EXPECT_THAT(read(path("j.xml")), HasSubstr("\noracle: regret 0.000, normalised score 1.000<"));
  EXPECT_THAT(read(path("m.md")), HasSubstr("| regret | normalised |"));
  EXPECT_THAT(read(path("r.html")), HasSubstr("<th>regret</th><th>normalised</th>"));

  // The flag does what the key does; the key "regret" is no policy's affair.
  const std::string plain = suite("\"fixed:lowest\", \"bba\", \"oracle\"", "seeds = [1, 2]\n");
  write_short_ladder("");
  EXPECT_EQ(evaluate(plain + " --regret").text, output.text);
}

TEST_F(Evaluate, SaysWhyThereIsNoOptimum) {
  const std::string what = suite("\"bba\"", "regret = true\n");
  write_short_ladder(R"(, "audio": {"representations": [{"bandwidth_kbps": 64}]})");
  const Output output = evaluate(what);
  EXPECT_EQ(output.status, 0);
  EXPECT_THAT(output.text, testing::ContainsRegex("\nbba .* - +-\n"));
  EXPECT_THAT(output.text, HasSubstr("The optimum is known on 0 of 16 combinations of title, trace "
                                     "and seed; ladder.json, links/log0.csv: "));
}

TEST_F(Evaluate, RefusesABaselineOfOtherTitlesThatAreLive) {
  ASSERT_NE(
      evaluate(suite("\"bba\"", "live_s = 9\n") + " --save-baseline " + path("live.tsv")).status,
      2);
  const Output output = complaint(suite("\"bba\"") + " --baseline " + path("live.tsv"));
  EXPECT_EQ(output.status, 2);
  EXPECT_THAT(output.text, HasSubstr("was scored with lin, live 9 s, the suite with lin"));
}

TEST_F(Evaluate, RunsInTheProfilesThatSimulateKnows) {
  const std::string what = suite("\"bb\", \"fixed:lowest\"", "profile = \"pensieve-2017\"\n");
  std::filesystem::remove_all(path("links"));
  std::filesystem::create_directories(path("links"));
  std::ofstream(path("links/a")) << "0.0 2.0\n5.0 1.0\n9.0 3.0\n";
  std::ofstream(path("links/b")) << "0.0 1.0\n5.0 1.5\n9.0 0.5\n";
  const Output suite_says = evaluate(what + " --save-baseline " + path("b.tsv"));
  EXPECT_NE(suite_says.status, 2);
  const Output simulated =
      test::run("cd " + path("") + " && " + RUNG_PROGRAM +
                " simulate --profile pensieve-2017 --policy bb,fixed:lowest --trace links --title "
                "ladder.json --format jsonl 2>/dev/null");
  EXPECT_EQ(simulated.status, 0);
  const std::string record = read(path("b.tsv"));
  std::size_t sessions = 0;
  for (std::size_t at = record.find("\n", record.find("\n") + 1); at + 17 < record.size();
       at = record.find("\n", at + 1), ++sessions) {
    const std::size_t end = record.find("\n", at + 1);
    EXPECT_THAT(simulated.text, HasSubstr(record.substr(end - 16, 16)));
  }
  EXPECT_EQ(sessions, 4U);
  const Output unknown = complaint(suite("\"bba\"", "profile = \"pensive\"\n"));
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.text, HasSubstr("pensieve-2017"));
}

TEST_F(Evaluate, WritesAPageThatABrowserDraws) {
  const std::string what = suite("\"robust-mpc\", \"bba\", \"rate\"");
  write_log("fixed:1", "played.jsonl");
  EXPECT_NE(evaluate(what + " --timelines 2 --session-log " + path("played.jsonl") + " --html " +
                     path("r.html"))
                .status,
            2);
  EXPECT_THAT(read(path("r.html")), HasSubstr("Timeline of " + path("played.jsonl")));
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
  // Scores, differences, three distributions, and on two traces three policies and the log.
  const Output drawn = test::run(browser + "--dump-dom measured.html 2>/dev/null");
  EXPECT_THAT(drawn.text, HasSubstr("<title>drawn 13</title>"));
}

TEST_F(Evaluate, DrawsTheSessionsOfLogs) {
  write_log("fixed:1", "one.jsonl");
  write_log("rate", "two.jsonl");
  const std::string program = std::string(RUNG_PROGRAM) + " report ";
  EXPECT_EQ(test::run(program + path("one.jsonl") + " " + path("two.jsonl") + " --html " +
                      path("r.html") + " 2>&1")
                .text,
            "");
  const std::string page = read(path("r.html"));
  EXPECT_THAT(page, HasSubstr("one.jsonl  -  fixed:1, last"));
  EXPECT_THAT(page, HasSubstr("two.jsonl  -  rate, last"));
  EXPECT_THAT(page, testing::ContainsRegex("<h3>a title</h3>"));
  EXPECT_THAT(page, HasSubstr("<title>stall "));

  const Output bad = test::run(program + path("one.jsonl") + " " + suite("\"bba\"") + " --html " +
                               path("none.html") + " 2>&1");
  EXPECT_EQ(bad.status, 1);
  EXPECT_THAT(bad.text, HasSubstr("suite.toml line 1"));
  EXPECT_EQ(std::ranges::count(bad.text, '\n'), 1) << bad.text;
  EXPECT_FALSE(std::filesystem::exists(path("none.html")));
}

TEST_F(Evaluate, RunsAsTheStepOfAnAction) {
  const std::string what = suite("\"robust-mpc\", \"fixed:highest\"");
  std::ofstream(path("summary.md")) << "before\n";
  const std::string step = "cd " + path("") +
                           " && GITHUB_STEP_SUMMARY=summary.md RUNG_PROGRAM=" + RUNG_PROGRAM +
                           " RUNG_JUNIT=j.xml RUNG_OPTIONS='--jobs 1' RUNG_SUITE=";
  const Output worse = test::run(step + "suite.toml " + sources + "/.ci/evaluate 2>&1");
  EXPECT_EQ(worse.status, 1) << worse.text;
  EXPECT_TRUE(read(path("summary.md")).starts_with("before\n## Rung evaluation: worse: "));
  EXPECT_THAT(read(path("j.xml")), HasSubstr("<testsuites "));
  EXPECT_EQ(test::run(step + "none.toml " + sources + "/.ci/evaluate 2>&1").status, 2);
  // What the script reads is what the action sets.
  const std::string action = read(sources + "/action.yml");
  for (const std::string name :
       {"RUNG_SUITE", "RUNG_BASELINE", "RUNG_JUNIT", "RUNG_HTML", "RUNG_OPTIONS"}) {
    EXPECT_THAT(action, HasSubstr("        " + name + ": ${{ inputs."));
    EXPECT_THAT(read(sources + "/.ci/evaluate"), HasSubstr("${" + name + ":-}"));
  }
}

TEST_F(Evaluate, RunsTheSuiteOfTheExamples) {
  const Output output = evaluate(sources + "/examples/suite.toml");
  EXPECT_NE(output.status, 2);
  EXPECT_THAT(output.text, HasSubstr("Paired differences from robust-mpc"));
}

}  // namespace
}  // namespace rung
