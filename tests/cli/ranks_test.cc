#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

// One run of the program in several processes that mpirun starts.

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;
using testing::Not;

/// As root, and on any number of processors.
const std::string mpirun =
    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe "
    "--mca plm_rsh_agent false --mca btl_base_warn_component_unused 0 ";

class RungUnderMpirun : public testing::Test {
 protected:
  void SetUp() override {
    if (test::run("mpirun --version 2>/dev/null").status != 0)
      GTEST_SKIP() << "there is no mpirun (Debian: openmpi-bin)";
    write("ladder.json", R"({"title": "Ladder", "segment_duration_s": 4, "segment_count": 20,
      "representations": [{"bandwidth_kbps": 300}, {"bandwidth_kbps": 900},
                          {"bandwidth_kbps": 2500}]})");
  }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  std::string contents(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::string sweep() const {
    return std::string(RUNG_PROGRAM) +
           " simulate --policy bba,robust-mpc,rate,oracle --seed 1,2 --trace " RUNG_SOURCE_DIR
           "/traces/synthetic --format csv --title " +
           path("ladder.json");
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(RungUnderMpirun, SpreadsASweepOverRanksAndWritesTheSameBytes) {
  ASSERT_EQ(test::run(sweep() + " --quiet -o " + path("alone.csv")).status, 0);
  const Output run = test::run(mpirun + "-n 3 " + sweep() + " -o " + path("ranks.csv") + " 2>&1");
  EXPECT_EQ(run.status, 0) << run.text;
  EXPECT_EQ(contents("ranks.csv"), contents("alone.csv"));
  // Only one of them tells of the run.
  EXPECT_EQ(std::ranges::count(run.text, '\n'), 1) << run.text;
  EXPECT_THAT(run.text, HasSubstr("56 sessions"));
}

TEST_F(RungUnderMpirun, SpreadsASuiteAndTheOptimumBesideIt) {
  const std::string suite =
      write("suite.toml", "title = \"ladder.json\"\ntraces = \"" RUNG_SOURCE_DIR
                          "/traces/synthetic\"\npolicies = [\"bba\", \"rate\"]\nbaseline = "
                          "\"bba\"\nregret = true\nresamples = 1000\n");
  const std::string evaluate =
      std::string(RUNG_PROGRAM) + " evaluate " + suite + " --save-baseline ";
  const Output alone = test::run(evaluate + path("alone.tsv"));
  const Output ranks = test::run(mpirun + "-n 2 " + evaluate + path("ranks.tsv"));
  EXPECT_EQ(ranks.text, alone.text);
  EXPECT_EQ(ranks.status, alone.status);
  EXPECT_EQ(contents("ranks.tsv"), contents("alone.tsv"));
  EXPECT_THAT(alone.text, HasSubstr("regret"));
}

TEST_F(RungUnderMpirun, TellsWhatIsWrongOnce) {
  const Output run = test::run(mpirun + "-n 3 " + sweep() + " --trace " + path("none") + " 2>&1");
  EXPECT_NE(run.status, 0);
  const auto first = run.text.find("rung: ");
  ASSERT_NE(first, std::string::npos) << run.text;
  EXPECT_EQ(run.text.find("rung: ", first + 1), std::string::npos) << run.text;
  EXPECT_THAT(run.text, HasSubstr("none"));
  EXPECT_THAT(run.text, HasSubstr("none"));
  // Every rank must run the same.
  const std::string other = write("other.sh", "exec \"$@\" --rtt 1$OMPI_COMM_WORLD_RANK\n");
  const Output mixed =
      test::run(mpirun + "-n 2 sh " + other + ' ' + sweep() + " -o " + path("mixed.csv") + " 2>&1");
  EXPECT_NE(mixed.status, 0);
  EXPECT_THAT(mixed.text, HasSubstr("rank 1 of 2 runs something else"));
  EXPECT_FALSE(std::filesystem::exists(path("mixed.csv")));
  const std::string one = write("one.sh",
                                "[ \"$OMPI_COMM_WORLD_RANK\" = 1 ] && set -- \"$@\" --journal j\n"
                                "exec \"$@\"\n");
  EXPECT_THAT(test::run(mpirun + "-n 2 sh " + one + ' ' + sweep() + " 2>&1").text,
              HasSubstr("rank 1 of 2 runs something else"));
}

TEST_F(RungUnderMpirun, WritesTheDecisionsOfAllRanks) {
  const std::string what = sweep() + " --quiet --decisions ";
  ASSERT_EQ(test::run(what + path("alone.tsv") + " -o " + path("alone.csv")).status, 0);
  const Output run =
      test::run(mpirun + "-n 3 " + what + path("ranks.tsv") + " -o " + path("ranks.csv") + " 2>&1");
  EXPECT_EQ(run.status, 0) << run.text;
  EXPECT_EQ(contents("ranks.csv"), contents("alone.csv"));
  EXPECT_EQ(contents("ranks.tsv"), contents("alone.tsv"));
  EXPECT_GT(std::ranges::count(contents("alone.tsv"), '\n'), 56 * 20);
}

TEST_F(RungUnderMpirun, SpreadsSeveralSessionsOnALinkAndViewers) {
  const std::string what = std::string(RUNG_PROGRAM) +
                           " simulate --quiet --trace " RUNG_SOURCE_DIR
                           "/traces/synthetic --seed 1,2 --title " +
                           path("ladder.json");
  for (const std::string more : {" --format jsonl --sessions 3 --policy bba+rate,bola-e",
                                 " --format csv --viewing series,music --policy bba",
                                 " --sessions 2 --stagger 7 --policy bba"}) {
    const Output alone = test::run(what + more + " 2>&1");
    ASSERT_EQ(alone.status, 0) << alone.text;
    const Output ranks = test::run(mpirun + "-n 3 " + what + more + " 2>&1");
    EXPECT_EQ(ranks.status, 0);
    EXPECT_EQ(ranks.text, alone.text) << more;
  }
  // What is wrong with them is told once as well.
  const Output bad = test::run(mpirun + "-n 3 " + what + " --policy bba --viewing serie 2>&1");
  EXPECT_EQ(bad.text.find("rung: "), bad.text.rfind("rung: ")) << bad.text;
  EXPECT_THAT(bad.text, HasSubstr("serie"));
}

TEST_F(RungUnderMpirun, GoesOnWithTheJournalsOfAnyNumberOfRanks) {
  const std::string what = sweep() + " --journal " + path("j");
  ASSERT_EQ(test::run(sweep() + " --quiet -o " + path("alone.csv")).status, 0);
  const Output run =
      test::run(mpirun + "-n 3 " + what + " --quiet -o " + path("ranks.csv") + " 2>&1");
  EXPECT_EQ(run.status, 0) << run.text;
  EXPECT_EQ(contents("ranks.csv"), contents("alone.csv"));
  std::ptrdiff_t done = 0;
  for (const std::string name : {"j", "j.1", "j.2"})
    done += std::ranges::count(contents(name), '\n') - 1;
  EXPECT_EQ(done, 56);
  const Output again = test::run(mpirun + "-n 3 " + what + " 2>&1");
  EXPECT_NE(again.status, 0);
  EXPECT_THAT(again.text, HasSubstr("j: the journal is there already"));

  // The second rank's is torn off; of two ranks, and of one process, all three are read.
  const std::string whole = contents("j.1");
  write("j.1", whole.substr(0, whole.size() / 2));
  const Output fewer =
      test::run(mpirun + "-n 2 " + what + " --continue -o " + path("fewer.csv") + " 2>&1");
  EXPECT_EQ(fewer.status, 0) << fewer.text;
  EXPECT_EQ(contents("fewer.csv"), contents("alone.csv"));
  EXPECT_THAT(fewer.text, testing::ContainsRegex("56 sessions, (4[0-9]) of them from the journal"));
  const Output one = test::run(what + " --continue -o " + path("one.csv") + " 2>&1");
  EXPECT_THAT(one.text, HasSubstr("56 sessions, 56 of them from the journal"));
  EXPECT_EQ(contents("one.csv"), contents("alone.csv"));

  // More ranks than before; one of them finds the journal of another run.
  write("j.3", contents("j.2") + "torn");
  EXPECT_EQ(
      test::run(mpirun + "-n 5 " + what + " --quiet --continue -o " + path("more.csv")).status, 0);
  EXPECT_EQ(contents("more.csv"), contents("alone.csv"));
  write("j.1", "no journal\n");
  const Output other = test::run(mpirun + "-n 2 " + what + " --continue 2>&1");
  EXPECT_NE(other.status, 0);
  EXPECT_THAT(other.text, HasSubstr("j.1 line 1: is no journal of a sweep"));
}

TEST_F(RungUnderMpirun, GoesOnWithASuiteWhoseRankWasKilled) {
  std::string seeds = "1";
  for (int seed = 2; seed < 400; ++seed) seeds += ", " + std::to_string(seed);
  const std::string suite =
      write("suite.toml", "title = \"ladder.json\"\ntraces = \"" RUNG_SOURCE_DIR
                          "/traces/synthetic\"\npolicies = [\"bba\", \"robust-mpc\"]\nbuffer_s = "
                          "[12, 30]\nresamples = 1000\nseeds = [" +
                              seeds + "]\n");
  const std::string evaluate = std::string(RUNG_PROGRAM) + " evaluate " + suite + " --jobs 1";
  const Output alone = test::run(evaluate);
  const std::string dying = write("dying.sh",
                                  "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then\n"
                                  "  \"$@\" & sleep 0.5; kill -9 $!; wait; exit 1\nfi\n"
                                  "exec \"$@\"\n");
  const std::string journal = " --journal " + path("j");
  EXPECT_NE(test::run(mpirun + "-n 2 sh " + dying + ' ' + evaluate + journal + " 2>&1").status, 0);
  const Output rest = test::run(mpirun + "-n 2 " + evaluate + journal + " --continue");
  EXPECT_EQ(rest.status, alone.status);
  EXPECT_EQ(rest.text, alone.text);
}

TEST_F(RungUnderMpirun, WritesNothingWhereARankIsKilled) {
  // Its second rank dies of its own accord in the midst of the sweep.
  const std::string dying = write("dying.sh",
                                  "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then\n"
                                  "  \"$@\" & sleep 0.2; kill -9 $!; wait; exit 1\nfi\n"
                                  "exec \"$@\"\n");
  std::string seeds = "3";
  for (int seed = 4; seed < 1500; ++seed) seeds += ',' + std::to_string(seed);
  const Output run = test::run(mpirun + "-n 2 sh " + dying + ' ' + sweep() + " --jobs 1 --seed " +
                               seeds + " -o " + path("killed.csv") + " 2>&1");
  EXPECT_NE(run.status, 0) << run.text;
  EXPECT_FALSE(std::filesystem::exists(path("killed.csv")));
}

/// Two network namespaces with a link between them, as two hosts.
class TwoHosts {
 public:
  TwoHosts() {
    made_ = test::run("{ ip netns add " + first + " && ip netns add " + second + " && ip -n " +
                      first + " link add r0 type veth peer name r1 netns " + second + " && ip -n " +
                      first + " addr add 10.213.7.1/24 dev r0 && ip -n " + second +
                      " addr add 10.213.7.2/24 dev r1 && for n in " + first + ' ' + second +
                      "; do ip -n $n link set lo up; done && ip -n " + first +
                      " link set r0 up && ip -n " + second + " link set r1 up; } 2>&1");
  }
  TwoHosts(const TwoHosts&) = delete;
  TwoHosts& operator=(const TwoHosts&) = delete;
  ~TwoHosts() { test::run("ip netns del " + first + "; ip netns del " + second); }

  const std::string first = "rung-a-" + std::to_string(::getpid());
  const std::string second = "rung-b-" + std::to_string(::getpid());
  [[nodiscard]] const Output& made() const { return made_; }

 private:
  Output made_;
};

TEST_F(RungUnderMpirun, SpreadsASweepOverTwoHosts) {
  const TwoHosts hosts;
  if (hosts.made().status != 0)
    GTEST_SKIP() << "no network namespaces can be made here: " << hosts.made().text;
  // What reaches the other host in place of ssh: HOST COMMAND...
  const std::string agent =
      write("agent.sh", "#!/bin/sh\nshift\nexec ip netns exec " + hosts.second + " sh -c \"$*\"\n");
  std::filesystem::permissions(agent, std::filesystem::perms::owner_all);
  ASSERT_EQ(test::run(sweep() + " --quiet -o " + path("alone.csv")).status, 0);
  const Output run = test::run(
      "ip netns exec " + hosts.first +
      " env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --mca plm_rsh_agent " +
      agent +
      " --mca btl tcp,self --mca btl_tcp_if_include 10.213.7.0/24 --mca oob_tcp_if_include "
      "10.213.7.0/24 --host 10.213.7.1:1,10.213.7.2:1 -n 2 " +
      sweep() + " -o " + path("hosts.csv") + " 2>&1");
  EXPECT_EQ(run.status, 0) << run.text;
  EXPECT_EQ(contents("hosts.csv"), contents("alone.csv"));
}

TEST_F(RungUnderMpirun, StaysAloneWithoutIt) {
  const Output run = test::run("env -u OMPI_COMM_WORLD_SIZE sh -c 'LD_DEBUG=libs " + sweep() +
                               " -o /dev/null' 2>&1");
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.text, Not(HasSubstr("libmpi")));
}

}  // namespace
}  // namespace rung
