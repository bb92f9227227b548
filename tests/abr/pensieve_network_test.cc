#include "abr/pensieve_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/pensieve_parameters.h"
#include "tests/support/shared_folder.h"

namespace rung::abr {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::PensieveParameters;
using testing::HasSubstr;

PensieveState::Observation observation() {
  return {.quality = 0.5,
          .buffer_level = seconds(15),
          .size = ByteCount(500'000),
          .transfer = milliseconds(2000),
          .next_sizes = {ByteCount(100'000), ByteCount(200'000), ByteCount(300'000),
                         ByteCount(400'000), ByteCount(500'000), ByteCount(600'000)},
          .segments_left = 24};
}

TEST(PensieveState, ScalesAsThePublishedTestDoes) {
  PensieveState state;
  state.advance(observation());
  EXPECT_FLOAT_EQ(state.row(0)[7], 0.5F);
  EXPECT_FLOAT_EQ(state.row(1)[7], 1.5F);
  EXPECT_FLOAT_EQ(state.row(2)[7], 0.25F);  // 500 kB in 2000 ms.
  EXPECT_FLOAT_EQ(state.row(3)[7], 0.2F);
  EXPECT_FLOAT_EQ(state.row(4)[0], 0.1F);
  EXPECT_FLOAT_EQ(state.row(4)[5], 0.6F);
  EXPECT_FLOAT_EQ(state.row(4)[6], 0.0F);
  EXPECT_FLOAT_EQ(state.row(5)[7], 0.5F);
  EXPECT_FLOAT_EQ(state.row(2)[6], 0.0F);
}

TEST(PensieveState, MovesLeftAndAround) {
  PensieveState state;
  state.advance(observation());
  PensieveState::Observation next = observation();
  next.buffer_level = seconds(20);
  next.segments_left = 200;
  state.advance(next);
  EXPECT_FLOAT_EQ(state.row(1)[6], 1.5F);
  EXPECT_FLOAT_EQ(state.row(1)[7], 2.0F);
  EXPECT_FLOAT_EQ(state.row(4)[7], 0.1F);  // The first place before.
  EXPECT_FLOAT_EQ(state.row(4)[6], 0.0F);
  EXPECT_FLOAT_EQ(state.row(5)[7], 1.0F);
  PensieveState revised = state;
  revised.revise(next);
  EXPECT_EQ(revised, state);
}

TEST(PensieveNetwork, AddsUpByHand) {
  PensieveParameters parameters;
  // One unit of h1 sees the level, one of h5 the last place of row 4, one hidden unit both.
  parameters.weight(1, 0, 3) = 2;
  parameters.weight(5, 0, 7) = 10;
  parameters.weight(6, 128 + 3, 0) = 1;
  parameters.weight(6, 5 * 128 + 7, 0) = 1;
  parameters.bias(6, 0) = -1;
  parameters.weight(7, 0, 4) = 0.5F;
  const auto network =
      PensieveNetwork::create(PensieveParameters::manifest(), parameters.bytes(), "made");
  ASSERT_TRUE(network) << to_string(network.error());
  PensieveState state;
  state.advance(observation());
  // hidden = 2 x 1.5 - 1 = 2, so the fifth output is 1 and the others 0.
  const double e = std::exp(1.0);
  EXPECT_NEAR(network->probabilities(state)[4], e / (e + 5), 1e-7);
  EXPECT_NEAR(network->probabilities(state)[0], 1 / (e + 5), 1e-7);
  state.advance(observation());
  // Row 4 now ends with 0.1: hidden = 3 + 1 - 1.
  const double e15 = std::exp(1.5);
  EXPECT_NEAR(network->probabilities(state)[4], e15 / (e15 + 5), 1e-6);
}

TEST(PensieveNetwork, CutsOffBelowZero) {
  PensieveParameters parameters;
  parameters.weight(1, 0, 0) = -1;
  parameters.weight(6, 128, 0) = 5;
  parameters.weight(7, 0, 0) = 5;
  const auto network =
      *PensieveNetwork::create(PensieveParameters::manifest(), parameters.bytes(), "made");
  PensieveState state;
  state.advance(observation());
  for (const double probability : network.probabilities(state))
    EXPECT_NEAR(probability, 1 / 6.0, 1e-12);
}

TEST(PensieveNetwork, RefusesWhatIsNoNetwork) {
  const PensieveParameters parameters;
  const std::string good = PensieveParameters::manifest();
  const std::string bytes = parameters.bytes();
  const auto refusal = [&](const std::string& manifest, const std::string& numbers) {
    const auto made = PensieveNetwork::create(manifest, numbers, "folder");
    return made ? std::string() : to_string(made.error());
  };
  EXPECT_EQ(refusal(good, bytes), "");
  EXPECT_THAT(refusal("{", bytes), HasSubstr("folder: the manifest must be a JSON object"));
  EXPECT_THAT(refusal("[]", bytes), HasSubstr("must be a JSON object"));
  EXPECT_THAT(refusal(R"({"order": []})", bytes), HasSubstr("16 parameters, not 0"));
  EXPECT_THAT(refusal(good, bytes.substr(0, 4000)), HasSubstr("ends behind the 1000 parameters"));
  EXPECT_THAT(refusal(good, bytes.substr(1)), HasSubstr("are not float32"));
  EXPECT_THAT(refusal(good, std::string(8'000'000, '\0')), HasSubstr("at most a million"));
  auto json = nlohmann::json::parse(good);
  json["order"][4]["shape"] = {7, 128};
  EXPECT_THAT(refusal(json.dump(), bytes),
              HasSubstr("entry 4 of the manifest must have the shape [8, 128]"));
  json = nlohmann::json::parse(good);
  json["order"][3]["offset_floats"] = -1;
  EXPECT_THAT(refusal(json.dump(), bytes), HasSubstr("entry 3"));
  json["order"][3]["offset_floats"] = std::numeric_limits<std::uint64_t>::max();
  EXPECT_THAT(refusal(json.dump(), bytes), HasSubstr("ends behind"));
  PensieveParameters infinite;
  infinite.bias(7, 0) = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal(good, infinite.bytes()), HasSubstr("not finite"));
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PensieveNetwork, DecidesAsThePublishedOneOnEveryTrace) {
  const std::filesystem::path shared = test::shared_folder();
  const std::filesystem::path model = shared / "reference/pensieve/model";
  const std::filesystem::path logs = shared / "reference/pensieve/hsdpa/rlargmax";
  if (!std::filesystem::exists(model) || !std::filesystem::exists(logs))
    GTEST_SKIP() << "there is no reference/pensieve in " << shared;
  const auto network = PensieveNetwork::create(text_of(model / "actor_manifest.json"),
                                               text_of(model / "actor_f32le.bin"), model.string());
  ASSERT_TRUE(network) << to_string(network.error());
  std::vector<std::vector<std::int64_t>> sizes(PensieveState::representations);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::ifstream file(shared / "traces/pensieve_video_sizes" /
                       ("video_size_" + std::to_string(i)));
    for (std::int64_t size = 0; file >> size;) sizes[i].push_back(size);
  }
  const std::vector<int> ladder{300, 750, 1200, 1850, 2850, 4300};
  constexpr std::int64_t segments = 48;
  int decisions = 0;
  for (const auto& entry : std::filesystem::directory_iterator(logs)) {
    std::ifstream log(entry.path());
    PensieveState state;
    std::int64_t wanted = -1;
    std::int64_t segment = 0;
    double time = 0;
    double kbps = 0;
    double level = 0;
    double rebuffered = 0;
    double size = 0;
    double transfer = 0;
    double reward = 0;
    while (log >> time >> kbps >> level >> rebuffered >> size >> transfer >> reward) {
      const auto chosen = std::ranges::find(ladder, static_cast<int>(kbps)) - ladder.begin();
      if (wanted >= 0) {
        ASSERT_EQ(chosen, wanted) << entry.path() << " segment " << segment;
      }
      ++segment;
      if (segment == segments) break;
      PensieveState::Observation seen{.quality = kbps / 4300,
                                      .buffer_level = from_seconds(level),
                                      .size = ByteCount(static_cast<std::int64_t>(size)),
                                      .transfer = from_seconds(transfer / 1000),
                                      .segments_left = segments - segment};
      for (std::size_t i = 0; i < sizes.size(); ++i)
        seen.next_sizes[i] = ByteCount(sizes[i][static_cast<std::size_t>(segment)]);
      state.advance(seen);
      const auto probabilities = network->probabilities(state);
      wanted = std::ranges::max_element(probabilities) - probabilities.begin();
      ++decisions;
    }
    EXPECT_GE(segment, segments - 1) << entry.path();
  }
  EXPECT_GT(decisions, 71 * 45);
}

}  // namespace
}  // namespace rung::abr
