#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "abr/policy_factory.h"
#include "tests/cli/run_program.h"
#include "tests/support/temporary_directory.h"

namespace rung {
namespace {

using test::Output;
using testing::HasSubstr;
using Row = std::map<std::string, std::string>;

const std::string traces = std::string(RUNG_SOURCE_DIR) + "/traces/synthetic";
const std::string constant = traces + "/constant.csv";

constexpr const char* ladder =
    R"({"title": "Ladder", "segment_duration_s": 4, "segment_count": 30,
        "last_segment_duration_s": 2.5,
        "representations": [{"bandwidth_kbps": 235}, {"bandwidth_kbps": 750},
                            {"bandwidth_kbps": 1750}, {"bandwidth_kbps": 4300}],
        "audio": {"representations": [{"bandwidth_kbps": 64}, {"bandwidth_kbps": 128}]}})";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// Of CSV without quotes.
std::vector<Row> rows(const std::string& csv) {
  const std::vector<std::string> lines = split(csv, '\n');
  std::vector<Row> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> names = split(lines[0], ',');
    const std::vector<std::string> values = split(lines[i], ',');
    EXPECT_EQ(names.size(), values.size()) << lines[i];
    Row& row = rows.emplace_back();
    for (std::size_t column = 0; column < std::min(names.size(), values.size()); ++column)
      row[names[column]] = values[column];
  }
  return rows;
}

class Simulate : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
    return path(name);
  }
  /// A file of which only the size matters.
  void media(const std::string& name, std::size_t bytes) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name).close();
    std::filesystem::resize_file(folder_.path() / name, bytes);
  }
  [[nodiscard]] std::size_t file_count() const {
    const std::filesystem::directory_iterator files(folder_.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  [[nodiscard]] static Output simulate(const std::string& arguments) {
    return test::run(std::string(RUNG_PROGRAM) + " simulate " + arguments + " 2>/dev/null");
  }
  /// The one line that it says when it refuses.
  [[nodiscard]] static Output complaint(const std::string& arguments) {
    return test::run(std::string(RUNG_PROGRAM) + " simulate " + arguments + " 2>&1 >/dev/null");
  }
  /// The row of one session of `fixed:0` over a constant link.
  [[nodiscard]] static Row lowest(const std::string& title) {
    const Output output =
        simulate("--policy fixed:0 --trace " + constant + " --title " + title + " --format csv");
    EXPECT_EQ(output.status, 0);
    const std::vector<Row> made = rows(output.text);
    EXPECT_EQ(made.size(), 1);
    return made.empty() ? Row{} : made.front();
  }

 private:
  test::TemporaryDirectory folder_;
};

TEST_F(Simulate, SharesTheLinkAmongSeveralSessions) {
  const std::string what = "--policy bba+bola-e --sessions 3 --stagger 5 --trace " + constant +
                           " --title " + write("l.json", ladder) + " --format ";
  const Output csv = simulate(what + "csv --jobs 1");
  ASSERT_EQ(csv.status, 0);
  const std::vector<Row> made = rows(csv.text);
  ASSERT_EQ(made.size(), 3U);
  EXPECT_EQ(made[1].at("session_policy"), "bola-e");
  EXPECT_EQ(made[2].at("session_policy"), "bba");
  EXPECT_EQ(made[2].at("begins_s"), "10.0");
  EXPECT_EQ(made[0].at("jain"), made[2].at("jain"));
  EXPECT_EQ(simulate(what + "csv --jobs 2").text, csv.text);
  EXPECT_EQ(split(simulate(what + "jsonl").text, '\n').size(), 3U);
  EXPECT_THAT(simulate(what + "table").text, HasSubstr("2 bba"));
  EXPECT_EQ(simulate(what + "csv --profile sabre").status, 2);
  EXPECT_EQ(simulate(what + "csv --decisions " + path("d.tsv")).status, 2);
}

TEST_F(Simulate, WarnsOfATraceThatLooksLikeAClientUnlessQuiet) {
  std::string text = "duration_ms,down_kbps\n";
  for (int i = 0; i < 20; ++i) text += "700,6000\n3300,0\n";
  const std::string what =
      "--policy fixed --trace " + write("c.csv", text) + " --title " + write("l.json", ladder);
  EXPECT_THAT(complaint(what).text, HasSubstr("warning"));
  EXPECT_EQ(complaint(what + " --quiet").text, "");
}

TEST_F(Simulate, GivesTheSameBytesWhateverTheNumberOfThreads) {
  const std::string what = "--policy fixed,rate,bba,bola-e,robust-mpc --trace " + traces +
                           " --title " + write("l.json", ladder) + " --seed 1,2 --format ";
  for (const std::string format : {"csv", "jsonl", "table"}) {
    const Output one = simulate(what + format + " --jobs 1");
    EXPECT_EQ(one.status, 0);
    EXPECT_FALSE(one.text.empty());
    EXPECT_EQ(simulate(what + format + " --jobs 2").text, one.text) << format;
    EXPECT_EQ(simulate(what + format + " --jobs 7").text, one.text) << format;
  }
}

TEST_F(Simulate, TellsTheSameInCsvAndInJsonLines) {
  const std::string what = "--policy rate,bba --trace " + traces + " --title " +
                           write("l.json", ladder) + " --seed 5,6 --format ";
  const std::vector<Row> csv = rows(simulate(what + "csv").text);
  const std::vector<std::string> lines = split(simulate(what + "jsonl").text, '\n');
  ASSERT_EQ(csv.size(), 2U * 7 * 2);
  ASSERT_EQ(lines.size(), csv.size());
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const auto json = nlohmann::json::parse(lines[i]);
    ASSERT_EQ(json.size(), csv[i].size());
    for (const auto& [name, value] : csv[i]) {
      EXPECT_EQ(json.at(name).type(), nlohmann::json::parse(lines[0]).at(name).type()) << name;
      if (json.at(name).is_string())
        EXPECT_EQ(json.at(name), value) << name;
      else
        EXPECT_EQ(json.at(name), nlohmann::json::parse(value)) << name;
    }
    EXPECT_EQ(csv[i].at("segments"), "30");
    EXPECT_EQ(csv[i].at("end"), "ended");
  }
}

TEST_F(Simulate, SummarizesEveryPolicyInALine) {
  const Output output = simulate("--policy rate,bba --trace " + traces + " --title " +
                                 write("l.json", ladder) + " --seed 1,2");
  EXPECT_EQ(output.status, 0);
  const std::vector<std::string> lines = split(output.text, '\n');
  ASSERT_EQ(lines.size(), 4);
  EXPECT_THAT(lines[0], HasSubstr("14 sessions a policy: 7 traces x 1 titles x 2 seeds"));
  EXPECT_TRUE(lines[2].starts_with("rate "));
  EXPECT_TRUE(lines[3].starts_with("bba "));
}

TEST_F(Simulate, RunsEachPolicyWithItsOwnEstimatorUnlessOneIsAskedFor) {
  const std::string what = "--policy bola-e,robust-mpc --trace " + constant + " --title " +
                           write("l.json", ladder) + " --format csv";
  const std::vector<Row> own = rows(simulate(what).text);
  ASSERT_EQ(own.size(), 2);
  EXPECT_EQ(own[0].at("estimator"), abr::default_estimator_of("bola-e"));
  EXPECT_EQ(own[1].at("estimator"), abr::default_estimator_of("robust-mpc"));
  for (const Row& row : rows(simulate(what + " --estimator last").text))
    EXPECT_EQ(row.at("estimator"), "last");
}

TEST_F(Simulate, ScoresWithTheQualityModelThatIsAskedFor) {
  const std::string what = "--policy fixed:2,robust-mpc --never-abandon --trace " + constant +
                           " --title " + write("l.json", ladder) + " --format csv";
  const Row lin = rows(simulate(what).text).at(0);
  const Row log = rows(simulate(what + " --qoe log").text).at(0);
  const Row hd = rows(simulate(what + " --qoe hd").text).at(0);
  const double startup = std::stod(lin.at("startup_s"));
  EXPECT_NEAR(std::stod(lin.at("qoe_lin")), 30 * 1.75 - 4.3 * startup, 1e-6);
  EXPECT_NEAR(std::stod(log.at("qoe_log")), 30 * std::log(1750.0 / 235) - 2.66 * startup, 1e-6);
  EXPECT_NEAR(std::stod(hd.at("qoe_hd")), 30 * 3 - 8 * startup, 1e-6);
  EXPECT_NEAR(std::stod(hd.at("qoe_hd_per_seg")), std::stod(hd.at("qoe_hd")) / 30, 1e-9);
  EXPECT_EQ(simulate(what + " --qoe psnr").status, 2);
}

TEST_F(Simulate, RaisesSegmentsOfTheBufferWithinTheShareThatIsGiven) {
  const std::string what =
      "--policy rate --trace " + traces + " --title " + write("l.json", ladder) + " --format csv";
  EXPECT_EQ(rows(simulate(what).text).at(0).count("upgrades"), 0U);
  int upgrades = 0;
  for (const Row& row : rows(simulate(what + " --upgrades 20").text)) {
    upgrades += std::stoi(row.at("upgrades"));
    const double unseen =
        std::stod(row.at("replaced_bytes")) + std::stod(row.at("discarded_bytes"));
    const double all = std::stod(row.at("body_bytes")) + std::stod(row.at("discarded_bytes"));
    if (std::stod(row.at("replaced_bytes")) > 0) {
      EXPECT_LE(unseen, 0.21 * all);
    }
  }
  EXPECT_GT(upgrades, 0);
  EXPECT_EQ(complaint(what + " --upgrades 101").status, 2);
  EXPECT_EQ(complaint(what + " --upgrades 5 --profile pensieve-2017").status, 2);
}

TEST_F(Simulate, TellsHowFarBehindALiveViewerIsInTheEnd) {
  const std::string what = "--policy bba,rate --trace " + traces + " --title " +
                           write("l.json", ladder) + " --format csv";
  double made_good = 0;
  for (const Row& row : rows(simulate(what + " --live 8").text)) {
    const double latency = std::stod(row.at("latency_s"));
    const double waited = std::stod(row.at("startup_s")) + std::stod(row.at("stall_s"));
    EXPECT_GE(latency, 8 - 0.4);
    EXPECT_LE(latency, 8 + waited + 1e-8);
    EXPECT_LE(std::stoi(row.at("segments")), 30) << "fewer where it went on at the edge";
    made_good = std::max(made_good, 8 + waited - latency);
  }
  EXPECT_GT(made_good, 0.4);
  EXPECT_EQ(rows(simulate(what).text).at(0).count("latency_s"), 0U);
  EXPECT_EQ(simulate(what + " --live 86399").status, 0);
  EXPECT_EQ(complaint(what + " --live 1").status, 2);
  EXPECT_THAT(complaint(what + " --live 1").text, HasSubstr("l.json"));
  EXPECT_EQ(simulate(what + " --live 8 --profile sabre").status, 2);
  EXPECT_THAT(complaint(what + " --live 8 --policy oracle").text, HasSubstr("oracle: a policy"));
}

TEST_F(Simulate, PlaysLiveTitlesThatComeInChunksNearerToTheirEdge) {
  const std::string what = "--policy bba --trace " + traces + " --title " +
                           write("l.json", ladder) + " --format csv --live 1.5";
  EXPECT_THAT(complaint(what).text, HasSubstr("would find no segment"));
  for (const Row& row : rows(simulate(what + " --chunk 0.5").text))
    EXPECT_LT(std::stod(row.at("latency_s")),
              1.5 + std::stod(row.at("startup_s")) + std::stod(row.at("stall_s")) + 1e-8);
  EXPECT_THAT(complaint(what + " --chunk 2").text, HasSubstr("would find no chunk"));
  EXPECT_EQ(simulate("--policy bba --trace " + traces + " --title " + path("l.json") +
                     " --chunk 1 2>/dev/null")
                .status,
            2);
}

TEST_F(Simulate, ScoresHowSegmentsLookWhereTheTitleTellsIt) {
  const std::string looks = write("looks.json", R"({"title": "Looks", "segment_duration_s": 4,
      "representations": [
        {"bandwidth_kbps": 300, "sizes_bytes": [150000, 150000, 150000], "ssim": [0.9, 0.99, 0.9],
         "vmaf": [40, 50, 40]},
        {"bandwidth_kbps": 900, "sizes_bytes": [450000, 450000, 450000], "ssim": [0.99, 0.999, 1],
         "vmaf": [80, 90, 100]}]})");
  const std::string what = "--policy fixed:0,mpc,oracle --trace " + constant + " --title ";
  const std::vector<Row> ssim = rows(simulate(what + looks + " --qoe ssim --format csv").text);
  ASSERT_EQ(ssim.size(), 3);
  EXPECT_NEAR(std::stod(ssim[0].at("qoe_ssim")), 10 + 20 + 10 - 10 - 10, 1e-9);
  EXPECT_NEAR(std::stod(ssim[0].at("ssim_db")), 40.0 / 3, 1e-9);
  EXPECT_EQ(ssim[0].at("stall_percent"), "0.0");
  // There is room for the higher one, and MPC and the optimum see what it looks like.
  EXPECT_NEAR(std::stod(ssim[2].at("ssim_db")), (20 + 30 + 60) / 3.0, 1e-9);
  EXPECT_LE(std::stod(ssim[1].at("ssim_db")), std::stod(ssim[2].at("ssim_db")));
  const Row vmaf = rows(simulate(what + looks + " --qoe vmaf --format csv").text).at(0);
  EXPECT_NEAR(std::stod(vmaf.at("qoe_vmaf")), 0.8469 * 130 + 0.2979 * 10 - 1.061 * 10, 1e-9);
  EXPECT_NEAR(std::stod(vmaf.at("vmaf")), 130.0 / 3, 1e-9);
  EXPECT_THAT(simulate(what + looks + " --qoe ssim").text, HasSubstr("ssim_db"));

  const Output refused = complaint(what + write("l.json", ladder) + " --qoe vmaf");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.text, HasSubstr("a ladder with \"vmaf\""));
}

TEST_F(Simulate, TellsRegretAndNormalizedScoreBesideTheOracle) {
  const std::string silent = write("silent.json", R"({"title": "Silent",
      "segment_duration_s": 4, "segment_count": 8, "representations": [{"bandwidth_kbps": 235},
      {"bandwidth_kbps": 750}, {"bandwidth_kbps": 1750}]})");
  const std::string what = "--policy fixed:0,rate,oracle --trace " + traces + " --title " + silent;
  const Output csv = simulate(what + " --format csv");
  EXPECT_EQ(csv.status, 0);
  int compared = 0;
  for (const Row& row : rows(csv.text)) {
    EXPECT_GE(std::stod(row.at("regret")), -1e-9);
    if (row.at("normalized") == "null") continue;
    const double normalized = std::stod(row.at("normalized"));
    ++compared;
    if (row.at("policy") == "oracle") {
      EXPECT_EQ(normalized, 1);
    }
    if (row.at("policy") == "fixed:0") {
      EXPECT_EQ(normalized, 0);
    }
    EXPECT_LE(normalized, 1 + 1e-9);
  }
  EXPECT_GE(compared, 3 * 5);
  EXPECT_EQ(rows(csv.text).size(), 3 * 7);
  EXPECT_THAT(simulate(what).text, HasSubstr("normalized\n"));
  const Output refused =
      complaint("--policy oracle --trace " + constant + " --title " + write("l.json", ladder));
  EXPECT_EQ(refused.status, 4);
  EXPECT_THAT(refused.text, HasSubstr("no sound of its own"));
}

TEST_F(Simulate, WritesTheFileWholeOrNotAtAll) {
  const std::string what =
      " --title " + write("l.json", ladder) + " --format csv -o " + path("out.csv") + " --policy ";
  EXPECT_EQ(simulate("--trace " + constant + what + "nope").status, 2);
  EXPECT_EQ(simulate("--trace " + path("none.csv") + what + "rate").status, 1);
  EXPECT_EQ(file_count(), 1);
  const Output written = simulate("--trace " + constant + what + "rate");
  EXPECT_EQ(written.status, 0);
  EXPECT_EQ(written.text, "");
  EXPECT_EQ(file_count(), 2);
  std::ifstream file(path("out.csv"));
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(rows(text.str()).size(), 1);

  EXPECT_EQ(simulate("--policy rate --trace " + constant + " --title " + path("l.json") +
                     " -o /nowhere/out.csv")
                .status,
            1);
  EXPECT_EQ(test::run(std::string(RUNG_PROGRAM) + " simulate --policy rate --trace " + constant +
                      " --title " + path("l.json") + " 2>/dev/null >&-")
                .status,
            1);
}

TEST_F(Simulate, WritesEveryTransferAsARow) {
  const std::string file = path("decisions.tsv");
  const std::string what = "--policy rate,bola-e --trace " + traces + "/outage.csv --title " +
                           write("l.json", ladder) + " --seed 1,2 --decisions " + file;
  ASSERT_EQ(simulate(what + " --jobs 1").status, 0);
  const auto contents = [&] {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  };
  const std::string text = contents();
  EXPECT_THAT(
      text, testing::StartsWith("policy\ttrace\ttitle\tseed\tsegment\trepresentation\tsize_bytes\t"
                                "request_s\tfirst_byte_s\tdone_s\tbuffer_before_s\tbuffer_after_s\t"
                                "stall_s\tabandoned\n"));
  EXPECT_GE(std::ranges::count(text, '\n'), 1 + 2 * 2 * 30);
  EXPECT_EQ(simulate(what + " --jobs 2").status, 0);
  EXPECT_EQ(contents(), text);
  EXPECT_EQ(simulate(what + "/nowhere").status, 1);
}

TEST_F(Simulate, TakesTitlesOfOtherSimulators) {
  const std::string movie =
      write("movie.json", R"({"segment_duration_ms": 4000, "bitrates_kbps": [200],
        "segment_sizes_bits": [[800000], [800000], [800000]]})");
  std::filesystem::create_directory(path("sizes"));
  const std::string sizes = write("sizes/video_size_0", "100000\n100000\n100000\n");
  for (const std::string& title : {movie, std::filesystem::path(sizes).parent_path().string()}) {
    const Row row = lowest(title);
    EXPECT_EQ(row.at("segments"), "3") << title;
    EXPECT_EQ(row.at("mean_kbps"), "200.0") << title;
  }
  std::filesystem::create_directory(path("empty"));
  EXPECT_THAT(complaint("--policy rate --trace " + constant + " --title " + path("empty")).text,
              HasSubstr("video_size_0"));
}

TEST_F(Simulate, RefusesBadInputWithOneLineThatSaysWhere) {
  const std::string good = write("l.json", ladder);
  const std::string negative = write("negative.csv", "duration_ms,down_kbps\n1000,-5\n");
  const std::string broken = write("broken.json", R"({"segment_duration_s": -4})");
  struct Case {
    std::string arguments;
    int status;
    std::string said;
  };
  for (const Case& bad : {
           Case{"--policy bolae --trace " + constant + " --title " + good, 2, "'bolae'"},
           Case{"--policy rate --estimator x --trace " + constant + " --title " + good, 2, "'x'"},
           Case{"--policy rate --trace /nowhere.csv --title " + good, 1, "/nowhere.csv"},
           Case{"--policy rate --trace " + negative + " --title " + good, 1, "line 2"},
           Case{"--policy rate --trace " + constant + " --title " + broken, 1, "broken.json"},
           Case{"--policy rate --trace " + constant + " --title /nowhere.json", 1, "/nowhere.json"},
           Case{"--policy rate --trace " + constant + " --title " + negative, 1, negative},
           Case{"--policy rate --buffer 3 --trace " + constant + " --title " + good, 2,
                "buffer_capacity"},
       }) {
    const Output output = complaint(bad.arguments);
    EXPECT_EQ(output.status, bad.status) << bad.arguments;
    EXPECT_THAT(output.text, HasSubstr(bad.said)) << bad.arguments;
    EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << output.text;
    EXPECT_EQ(simulate(bad.arguments).text, "") << bad.arguments;
  }
  EXPECT_EQ(simulate("--policy rate --trace " + constant).status, 2);
  EXPECT_EQ(simulate("--policy rate --format xml --trace " + constant + " --title " + good).status,
            2);
}

TEST_F(Simulate, FailsWhenItsOutputIsLost) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  const std::string what =
      "simulate --policy rate --trace " + constant + " --title " + write("l.json", ladder);
  const std::string program = std::string(RUNG_PROGRAM) + " ";
  for (const std::string& command : {what, std::string("--help"), std::string("trace --help")}) {
    const Output output = test::run(program + command + " 2>&1 >/dev/full");
    EXPECT_EQ(output.status, 1) << command;
    EXPECT_THAT(output.text, HasSubstr("standard output cannot be written")) << command;
  }
  EXPECT_EQ(test::run(program + what + " -o /dev/full 2>/dev/null").status, 1);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  EXPECT_EQ(test::run(program + what + " -o /dev/null 2>/dev/null").status, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(Simulate, RefusesWhatIsNoNumberInRange) {
  const std::string good =
      " --policy rate --trace " + constant + " --title " + write("l.json", ladder);
  for (const std::string flag : {"--rtt", "--buffer", "--startup", "--resume"})
    for (const std::string value : {"nan", "-nan", "inf", "1e400", "x", "-1", "''"})
      EXPECT_EQ(simulate(flag + "=" + value + good).status, 2) << flag << " " << value;
}

constexpr const char* dash_files = R"(<MPD mediaPresentationDuration="PT8S"><Period>
  <AdaptationSet contentType="video" mimeType="video/mp4" codecs="avc1.640015">
  <SegmentTemplate duration="4" initialization="v/$RepresentationID$%20init.mp4"
    media="v/$RepresentationID$-$Number$.m4s"/>
  <Representation id="a" bandwidth="400000"/><Representation id="b" bandwidth="900000"/>
  </AdaptationSet></Period></MPD>)";

TEST_F(Simulate, CarriesTheSizesOfTheFilesBesideADashManifest) {
  const std::string title = write("m.mpd", dash_files);
  media("v/a init.mp4", 1'000);
  media("v/a-1.m4s", 150'000);
  media("v/a-2.m4s", 170'000);
  media("v/b init.mp4", 1'000);
  media("v/b-1.m4s", 400'000);
  EXPECT_THAT(complaint("--policy fixed:0 --trace " + constant + " --title " + title).text,
              HasSubstr("v/b-2.m4s: No such file"));
  media("v/b-2.m4s", 430'000);
  const Row row = lowest(title);
  EXPECT_EQ(row.at("body_bytes"), "321000");
  EXPECT_EQ(row.at("mean_kbps"), "400.0");
}

TEST_F(Simulate, CarriesTheByteRangesOfADashManifest) {
  const std::string title = write("m.mpd", R"(<MPD mediaPresentationDuration="PT8S"><Period>
    <AdaptationSet contentType="video" mimeType="video/mp4" codecs="avc1.640015">
    <Representation id="a" bandwidth="400000"><BaseURL>all.mp4</BaseURL><SegmentList duration="4">
    <Initialization range="0-999"/><SegmentURL mediaRange="1000-150999"/>
    <SegmentURL mediaRange="151000-320999"/></SegmentList></Representation>
    </AdaptationSet></Period></MPD>)");
  media("all.mp4", 400'000);
  EXPECT_EQ(lowest(title).at("body_bytes"), "321000");
  media("all.mp4", 320'000);
  const Output output = complaint("--policy fixed:0 --trace " + constant + " --title " + title);
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(output.text, HasSubstr("all.mp4: is shorter than a byte range"));
}

TEST_F(Simulate, CarriesTheByteRangesOfAnHlsTitle) {
  const std::string media_playlist = write("a.m3u8",
                                           "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n"
                                           "#EXT-X-MAP:URI=\"all.mp4\",BYTERANGE=\"1000@0\"\n"
                                           "#EXTINF:4,\n#EXT-X-BYTERANGE:150000@1000\nall.mp4\n"
                                           "#EXTINF:4,\n#EXT-X-BYTERANGE:170000\nall.mp4\n"
                                           "#EXT-X-ENDLIST\n");
  const std::string title = write("m.m3u8",
                                  "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=500000,"
                                  "CODECS=\"avc1.640015\"\na.m3u8\n");
  media("all.mp4", 321'000);
  EXPECT_EQ(lowest(title).at("body_bytes"), "321000");
  EXPECT_EQ(lowest(media_playlist).at("body_bytes"), "321000");
  std::filesystem::remove(path("all.mp4"));
  EXPECT_THAT(complaint("--policy fixed:0 --trace " + constant + " --title " + title).text,
              HasSubstr("all.mp4: No such file"));
  std::filesystem::remove(path("a.m3u8"));
  EXPECT_THAT(complaint("--policy fixed:0 --trace " + constant + " --title " + title).text,
              HasSubstr("a.m3u8: No such file"));
}

TEST_F(Simulate, ReadsNothingOutsideTheManifestsDirectory) {
  for (const std::string leading : {"%2e%2e/secret", "http://elsewhere.example/secret"}) {
    const std::string title = write("m.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n" +
                                                  leading + "\n#EXT-X-ENDLIST\n");
    const Output output = complaint("--policy fixed:0 --trace " + constant + " --title " + title);
    EXPECT_NE(output.status, 0) << leading;
    EXPECT_THAT(output.text, HasSubstr("manifest's directory")) << leading;
  }
}

TEST_F(Simulate, ViewersWhoGoFromTitleToTitle) {
  const std::string asked = "--viewing series,music --policy bola-e --rtt 80 --trace " + traces +
                            " --title " + write("l.json", ladder) + " --format csv";
  const Output output = test::run(std::string(RUNG_PROGRAM) + " simulate " + asked);
  ASSERT_EQ(output.status, 0) << output.text;
  std::map<std::string, Row> series;
  for (const Row& row : rows(output.text))
    if (row.at("mode") == "series") series[row.at("prefetch")] = row;
  ASSERT_EQ(series.size(), 9U);
  const auto number = [&](const std::string& policy, const std::string& name) {
    return std::stod(series.at(policy).at(name));
  };
  EXPECT_EQ(number("none", "saved_s"), 0);
  EXPECT_EQ(number("none", "megabytes"), 0);
  EXPECT_GT(number("rung", "saved_s"), 0);
  EXPECT_GT(number("rung", "instant_share"), number("none", "instant_share"));
  EXPECT_GE(number("oracle", "saved_s"), number("rung", "saved_s"));
  EXPECT_GT(number("rung", "waste_share"), number("oracle", "waste_share"));
  EXPECT_EQ(test::run(std::string(RUNG_PROGRAM) + " simulate --jobs 3 " + asked).text, output.text);
}

TEST_F(Simulate, SaysWhatDoesNotGoWithViewers) {
  const std::string rest = " --trace " + constant + " --title " + write("l.json", ladder);
  EXPECT_THAT(complaint("--viewing opera --policy bba" + rest).text, HasSubstr("series"));
  EXPECT_THAT(complaint("--viewing feed --policy bba,rate" + rest).text,
              HasSubstr("one policy at a time"));
  EXPECT_THAT(complaint("--viewing feed --prefetch all --policy bba" + rest).text,
              HasSubstr("there are none, next-episode"));
  EXPECT_NE(complaint("--prefetch rung --policy bba" + rest).status, 0);
}

}  // namespace
}  // namespace rung
