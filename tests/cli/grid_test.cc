#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

class Grid : public testing::Test {
 protected:
  Grid() {
    write("ladder.json",
          R"({"title": "t", "segment_duration_s": 4, "segment_count": 12, "representations":
              [{"bandwidth_kbps": 300}, {"bandwidth_kbps": 900}, {"bandwidth_kbps": 1800}]})");
    write("a.csv", "duration_ms,down_kbps\n9000,2500\n15000,400\n");
    write("b.csv", "duration_ms,down_kbps\n5000,600\n5000,1400\n");
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  /// Runs in the folder; the standard error is part of the text.
  [[nodiscard]] Output simulate(const std::string& arguments) const {
    return test::run("cd " + path("") + " && " + RUNG_PROGRAM + " simulate --quiet " + arguments +
                     " 2>&1");
  }
  void write_grid(const std::string& more) const {
    write("grid.toml",
          "title = \"ladder.json\"\ntraces = [\"a.csv\", \"b.csv\"]\npolicies = [\"bba\", "
          "\"robust-mpc\"]\n" +
              more);
  }

 private:
  test::TemporaryDirectory folder_;
};

constexpr const char* flags = "--policy bba,robust-mpc --title ladder.json --trace a.csv b.csv ";

TEST_F(Grid, RunsEveryCombinationAsTheFlagsWould) {
  write_grid("buffer_s = [12, 30]\nrtt_ms = [0, 80]\nestimator = [\"last\", \"harmonic\"]\n");
  const Output all = simulate("--grid grid.toml --format csv");
  ASSERT_EQ(all.status, 0) << all.text;
  EXPECT_EQ(std::ranges::count(all.text, '\n'), 1 + 2 * 2 * 2 * 2 * 2);
  EXPECT_THAT(all.text, HasSubstr(",seed,buffer_s,startup_level_s,resume_level_s,rtt_ms,"
                                  "abandonment,end,"));
  std::size_t from = all.text.find('\n') + 1;
  for (const std::string estimator : {"last", "harmonic"})
    for (const std::string buffer : {"12", "30"})
      for (const std::string rtt : {"0", "80"}) {
        const Output one = simulate(std::string(flags) + "--format csv --estimator " + estimator +
                                    " --buffer " + buffer + " --rtt " + rtt);
        ASSERT_EQ(one.status, 0) << one.text;
        std::istringstream lines(one.text);
        std::string line;
        std::getline(lines, line);
        while (std::getline(lines, line)) {
          const std::size_t seed_ends = line.find(",ended,");
          const std::string wanted = line.substr(0, seed_ends) + "," + buffer + ".0,0.001,2.0," +
                                     rtt + ".0,true" + line.substr(seed_ends);
          EXPECT_EQ(all.text.substr(from, wanted.size() + 1), wanted + "\n");
          from += wanted.size() + 1;
        }
      }
  EXPECT_EQ(from, all.text.size());
  EXPECT_EQ(simulate("--grid grid.toml --format csv --jobs 3").text, all.text);
  EXPECT_THAT(simulate("--grid grid.toml").text,
              HasSubstr("estimator harmonic, buffer_s 30, startup_level_s 0.001, resume_level_s 2, "
                        "rtt_ms 80, abandonment true\n2 sessions"));
}

TEST_F(Grid, TakesSeveralEstimatorsFromTheFlag) {
  const Output both = simulate(std::string(flags) + "--format csv --estimator last,harmonic");
  ASSERT_EQ(both.status, 0) << both.text;
  const Output first = simulate(std::string(flags) + "--format csv --estimator last");
  const Output second = simulate(std::string(flags) + "--format csv --estimator harmonic");
  EXPECT_EQ(both.text, first.text + second.text.substr(second.text.find('\n') + 1));
}

TEST_F(Grid, RefusesWhatItCannotRunWithOneLine) {
  struct Case {
    std::string grid;
    std::string arguments;
    std::string said;
  };
  for (const Case& bad :
       {Case{"buffers = 3\n", "--grid grid.toml",
             "grid.toml line 4: \"buffers\" is no key of a grid"},
        Case{"buffer_s = [3, 3]\n", "--grid grid.toml", "names something twice"},
        Case{"buffer_s = [30, 1]\n", "--grid grid.toml", "buffer_capacity"},
        Case{"estimator = [\"last\", \"x\"]\n", "--grid grid.toml", "'x'"},
        Case{"abandonment = [true, 1]\n", "--grid grid.toml", "true or false"},
        Case{"rtt_ms = [0, 1]\n", "--grid grid.toml --decisions d.tsv", "--decisions"},
        Case{"", "--grid grid.toml --continue", "--journal"}}) {
    write_grid(bad.grid);
    const Output output = simulate(bad.arguments);
    EXPECT_NE(output.status, 0) << bad.grid;
    EXPECT_THAT(output.text, HasSubstr(bad.said));
    EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << output.text;
  }
  EXPECT_EQ(simulate("--grid grid.toml --policy bba").status, 2);
  EXPECT_EQ(simulate("--policy bba").status, 2);
}

TEST_F(Grid, GoesOnWithAJournalThatWasTornOffAnywhere) {
  write_grid("buffer_s = [12, 30]\n");
  const std::string command = "--grid grid.toml --format jsonl --journal j ";
  const Output whole = simulate(command);
  ASSERT_EQ(whole.status, 0) << whole.text;
  const std::string journal = read("j");
  const std::size_t head = journal.find('\n') + 1;
  EXPECT_EQ(std::ranges::count(journal, '\n'), 1 + 8);
  for (const std::size_t left : {std::size_t{0}, std::size_t{5}, head, head + 20,
                                 journal.size() / 2, journal.size() - 1, journal.size()}) {
    write("j", journal.substr(0, left));
    const Output resumed = simulate(command + "--continue");
    EXPECT_EQ(resumed.status, 0);
    EXPECT_EQ(resumed.text, whole.text) << left;
    EXPECT_EQ(std::ranges::count(read("j"), '\n'), 1 + 8) << left;
  }
  // A line whose bytes changed is run again, with all behind it.
  std::string changed = journal;
  changed[head + 5] ^= 1;
  write("j", changed);
  EXPECT_EQ(simulate(command + "--continue").text, whole.text);
}

TEST_F(Grid, RunsOnlyWhatTheJournalLacks) {
  const std::string command = std::string(flags) + "--format csv --jobs 1 --journal j ";
  const Output whole = simulate(command);
  ASSERT_EQ(whole.status, 0) << whole.text;
  const std::string journal = read("j");
  const std::size_t third = journal.find('\n', journal.find('\n', journal.find('\n') + 1) + 1) + 1;
  write("j", journal.substr(0, third + 4));
  const Output resumed = test::run("cd " + path("") + " && " + RUNG_PROGRAM + " simulate " +
                                   command + "--continue 2>&1 >/dev/null");
  EXPECT_THAT(resumed.text, HasSubstr("4 sessions, 2 of them from the journal"));
}

TEST_F(Grid, RefusesAJournalOfAnotherRunAndLeavesItAsItIs) {
  const std::string command = std::string(flags) + "--journal j ";
  ASSERT_EQ(simulate(command).status, 0);
  const std::string journal = read("j");
  EXPECT_THAT(simulate(command).text, HasSubstr("j: the journal is there already"));
  EXPECT_THAT(simulate(command + "--continue --buffer 20").text, HasSubstr("of another run"));
  write("b.csv", "duration_ms,down_kbps\n5000,600\n5000,1401\n");
  EXPECT_THAT(simulate(command + "--continue").text, HasSubstr("of another run"));
  EXPECT_EQ(read("j"), journal);
  EXPECT_THAT(simulate(std::string(flags) + "--continue --journal ladder.json").text,
              HasSubstr("is no journal"));
  EXPECT_THAT(read("ladder.json"), HasSubstr("bandwidth_kbps"));
}

TEST_F(Grid, TakesNoFileForAJournalThatIsNone) {
  const std::string command = std::string(flags) + "--continue --journal ";
  if (std::filesystem::is_character_file("/dev/full")) {
    const Output device = test::run("cd " + path("") + " && timeout 20 " + RUNG_PROGRAM +
                                    " simulate --quiet " + command + "/dev/full 2>&1");
    EXPECT_EQ(device.status, 2);
    EXPECT_EQ(device.text, "rung: /dev/full: is no regular file, so it can be no journal\n");
  }
  // Zeros that take no room on the disk.
  write("j", "");
  std::filesystem::resize_file(path("j"), std::uintmax_t{1} << 33);
  const Output zeros = test::run("cd " + path("") + " && timeout 20 " + RUNG_PROGRAM +
                                 " simulate --quiet " + command + "j 2>&1");
  EXPECT_EQ(zeros.text, "rung: j line 1: is no journal of a sweep\n");
}

}  // namespace
}  // namespace rung
