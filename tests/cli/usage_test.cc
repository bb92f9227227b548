#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

// How the program refuses what is given to it on the command line.

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;

const std::string program = RUNG_PROGRAM;
const std::string constant = std::string(RUNG_SOURCE_DIR) + "/traces/synthetic/constant.csv";

/// What it says on the standard error.
Output complaint(const std::string& arguments) {
  return test::run(program + " " + arguments + " 2>&1 >/dev/null");
}

class Usage : public testing::Test {
 protected:
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    return (folder_.path() / name).string();
  }
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] std::string ladder() const {
    return write("l.json", R"({"segment_duration_s": 4, "segment_count": 6,
                               "representations": [{"bandwidth_kbps": 750}]})");
  }

 private:
  test::TemporaryDirectory folder_;
};

TEST_F(Usage, RefusesEmptyTextsWhereverAValueIsNeeded) {
  const std::string simulate = "simulate --trace " + constant + " --title " + ladder();
  for (const std::string& arguments :
       {std::string("inspect ''"), std::string("inspect x.mpd --base-url ''"),
        std::string("replay ''"), std::string("trace stats ''"), std::string("trace convert '' -"),
        "trace convert " + constant + " ''", "trace convert --from '' " + constant + " -",
        std::string("trace generate constant --rate 1 -o ''"),
        std::string("trace generate constant --rate 1 --to '' -o -"),
        std::string("trace generate constant --rate '' -o -"), simulate + " --policy ''",
        simulate + " --policy bba -o ''", simulate + " --policy bba --estimator ''",
        simulate + " --policy bba --seed ''", simulate + " --policy bba --trace ''",
        simulate + " --policy bba --title ''"}) {
    const Output output = complaint(arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_THAT(output.text, HasSubstr("must not be empty")) << arguments;
  }
}

TEST_F(Usage, RefusesListsWithGapsAndSeedsThatAreNone) {
  const std::string simulate = "simulate --trace " + constant + " --title " + ladder();
  for (const std::string list : {"1,,2", ",", "1,", ",1"}) {
    for (const std::string& arguments :
         {"trace generate step -o - --rate " + list, simulate + " --policy bba --seed " + list}) {
      const Output output = complaint(arguments);
      EXPECT_EQ(output.status, 2) << arguments;
      EXPECT_THAT(output.text, HasSubstr("\"" + list + "\" is empty")) << arguments;
    }
  }
  EXPECT_EQ(complaint(simulate + " --policy bba,,rate").status, 2);
  for (const std::string seed : {"-1", "1.5", "18446744073709551616", "0x1", "x"}) {
    for (const std::string& arguments :
         {"trace generate constant --rate 1 -o - --seed " + seed,
          simulate + " --policy bba --seed " + seed, simulate + " --policy bba --seed 1," + seed}) {
      const Output output = complaint(arguments);
      EXPECT_EQ(output.status, 2) << arguments;
      EXPECT_THAT(output.text, HasSubstr("a whole number from 0 to")) << arguments;
    }
  }
}

TEST_F(Usage, TellsTheNearestNameOfWhatItDoesNotKnow) {
  const std::pair<std::string, std::string> cases[] = {
      {"simulaet --policy bba", "rung: unknown command 'simulaet'; did you mean 'simulate'?"},
      {"trace sats x.csv", "rung: unknown command 'sats'; did you mean 'stats'?"},
      {"simulate --polcy=bba", "rung: unknown option '--polcy'; did you mean '--policy'?"},
      {"simulate --policy bba -z", "rung: unknown option '-z'"},
      {"simulate bba --policy rate", "rung: unexpected argument 'bba'"}};
  for (const auto& [arguments, said] : cases) {
    const Output output = complaint(arguments);
    EXPECT_EQ(output.status, 2) << arguments;
    EXPECT_THAT(output.text, HasSubstr(said)) << arguments;
  }
}

TEST_F(Usage, TakesListsInOneValueOrSeveral) {
  const Output once = test::run(program + " trace generate step -o - --rate 1,2,3");
  EXPECT_EQ(once.status, 0);
  EXPECT_THAT(once.text, HasSubstr("--rate 1,2,3 "));
  EXPECT_EQ(test::run(program + " trace generate step -o - --rate 1,2 --rate 3").text, once.text);
}

TEST_F(Usage, TellsThatNoSessionWasPlayedToItsEnd) {
  const std::string dry = write("dry.csv", "duration_ms,down_kbps\n1000,8\n600000000,0\n");
  const std::string simulate =
      "simulate --policy bba --format csv --title " + ladder() + " --trace " + dry;
  const Output output = complaint(simulate);
  EXPECT_EQ(output.status, 3);
  EXPECT_THAT(output.text, HasSubstr("none of the 1 sessions was played to its end"));
  EXPECT_THAT(output.text, HasSubstr("dry.csv"));
  EXPECT_THAT(test::run(program + " " + simulate + " 2>/dev/null").text,
              HasSubstr("network-failure"));
  EXPECT_EQ(complaint(simulate + " " + constant).status, 0);
}

TEST_F(Usage, OptionsForEveryPlaybackComeFromAFile) {
  if (test::run(program + " --help").text.find("\n  play ") == std::string::npos)
    GTEST_SKIP() << "this build has no player";
  struct Case {
    std::string file;
    std::string said;
  };
  for (const Case& bad : {
           Case{
               "volume = 60\nmax-hieght = 720\n",
               "c.toml line 2: \"max-hieght\" is not an option; the nearest one is \"max-height\""},
           Case{"volume = 101\n", "c.toml line 1: --volume: Value 101 not in range 0 to 100"},
           Case{"json = \"perhaps\"\n", "c.toml line 1: "},
           Case{"volume = [1]\n", "takes a string, a number or true or false"},
           Case{"session-log = \"x\"\n", "\"session-log\" is not an option"},
           Case{"volume = = 1\n", "c.toml line 1: is not TOML"},
           Case{"profiles = 3\n", "c.toml line 1: \"profiles\" holds tables"},
           Case{"[profiles]\ntv = 3\n", "c.toml line 2: \"profiles\" holds tables"},
           // In a profile that nobody asked for, too.
           Case{"[profiles.tv]\nvolum = 3\n", "c.toml line 2: \"volum\" is not an option"},
           Case{"[profiles.tv]\nprofile = \"tv\"\n", "\"profile\" is not an option"},
           Case{"profile = \"vt\"\n[profiles.tv]\nvolume = 3\n",
                "c.toml line 1: has no profile \"vt\"; the nearest one is \"tv\""},
           Case{"profile = \"tv\"\n", "c.toml line 1: has no [profiles.tv]"},
       }) {
    SCOPED_TRACE(bad.file);
    const Output output =
        complaint("play --config " + write("c.toml", bad.file) + " http://127.0.0.1:9/m.mpd");
    EXPECT_EQ(output.status, 2);
    EXPECT_THAT(output.text, HasSubstr(bad.said));
  }
  // It counts: the policy of the file is not there, that of the command line is.
  const std::string file = write("c.toml", "policy = \"fixed:lowest\"\nestimator = \"none\"\n");
  EXPECT_THAT(complaint("play --config " + file + " http://127.0.0.1:9/m.mpd").text,
              HasSubstr("none"));
  const Output over =
      complaint("play --headless --estimator ewma --config " + file + " http://127.0.0.1:9/m.mpd");
  EXPECT_EQ(over.status, 3);
  // A profile counts more than what stands outside of it, the command line more than both.
  const std::string profiled =
      write("p.toml",
            "estimator = \"none\"\npolicy = \"no-policy\"\n[profiles.tv]\npolicy = \"bba\"\n"
            "estimator = \"ewma\"\n[profiles.car]\nestimator = \"no-estimator\"\n");
  const auto with = [&](const std::string& flags) {
    return complaint("play --headless --config " + profiled + " " + flags +
                     " http://127.0.0.1:9/m.mpd");
  };
  EXPECT_THAT(with("").text, HasSubstr("no-policy"));
  EXPECT_EQ(with("--profile tv").status, 3);
  EXPECT_THAT(with("--profile car --policy bba").text, HasSubstr("no-estimator"));
  EXPECT_EQ(with("--profile car --policy bba --estimator last").status, 3);
  const Output unknown = with("--profile vt");
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.text, HasSubstr("p.toml: has no profile \"vt\"; the nearest one is \"tv\""));
  const Output no_file = test::run("XDG_CONFIG_HOME=" + folder().string() + "/none " + program +
                                   " play --profile tv http://127.0.0.1:9/m.mpd 2>&1");
  EXPECT_EQ(no_file.status, 2);
  EXPECT_THAT(no_file.text, HasSubstr("--profile needs the file that it stands in"));
  // Without --config it is that of the XDG folder, and none need be there.
  std::filesystem::create_directories(folder() / "rung");
  static_cast<void>(write("rung/config.toml", "nothing = 1\n"));
  const Output usual = test::run("XDG_CONFIG_HOME=" + folder().string() + " " + program +
                                 " play --headless http://127.0.0.1:9/m.mpd 2>&1");
  EXPECT_EQ(usual.status, 2);
  EXPECT_THAT(usual.text, HasSubstr("rung/config.toml line 1: \"nothing\" is not an option"));
  EXPECT_EQ(
      complaint("play --config " + (folder() / "none.toml").string() + " http://127.0.0.1:9/m.mpd")
          .status,
      1);
}

TEST_F(Usage, PlaysUrlsAndSaysSo) {
  if (test::run(program + " --help").text.find("\n  play ") == std::string::npos)
    GTEST_SKIP() << "this build has no player";
  struct Case {
    std::string url;
    int status;
    std::string said;
  };
  for (const Case& bad :
       {Case{ladder(), 2, "is a file; titles are played from a URL, and `rung serve DIR`"},
        Case{"nowhere.mpd", 2, "is not a URL"}, Case{"http:///m.mpd", 2, "names no host"},
        Case{"http://127.0.0.1:99999/m.mpd", 2, "port is not a number"},
        Case{"http://127.0.0.1:x/m.mpd", 2, "port is not a number"},
        Case{"ftp://127.0.0.1/m.mpd", 4, "http:// and https:// URLs only"},
        Case{"file:///m.mpd", 4, "http:// and https:// URLs only"}}) {
    const Output output = complaint("play --headless " + bad.url);
    EXPECT_EQ(output.status, bad.status) << bad.url;
    EXPECT_THAT(output.text, HasSubstr(bad.said));
    EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << output.text;
  }
  EXPECT_EQ(complaint("play ''").status, 2);
  EXPECT_EQ(complaint("package --demo -o ''").status, 2);
  EXPECT_EQ(complaint("package --demo -o unused --ladder ''").status, 2);
  EXPECT_EQ(complaint("package --demo -o unused --seed -1").status, 2);
  EXPECT_EQ(complaint("serve . --port 65536").status, 2);
}

}  // namespace
}  // namespace rung
