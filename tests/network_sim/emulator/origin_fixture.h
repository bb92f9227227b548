#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "core/random.h"
#include "network_sim/emulator/origin.h"
#include "tests/network_sim/emulator/http_probe.h"

namespace rung::emulator {

inline constexpr std::size_t media_size = 300'000;

/// A served directory of its own for every test.
class OriginTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = std::filesystem::temp_directory_path() /
                 ("rung_origin_" + std::to_string(::getpid()) + '_' + test->name());
    std::filesystem::create_directories(directory_ / "www" / "sub");
    Random random(1);
    while (media_.size() < media_size) media_ += static_cast<char>(random.below(256));
    write("www/media.m4s", media_);
    write("www/index.html", "front page");
    write("www/sub/a b.json", "{}");
    write("www/empty.vtt", "");
    write("secret", "secret");
    std::filesystem::create_symlink(directory_ / "secret", directory_ / "www" / "leak");
    std::filesystem::create_symlink("sub", directory_ / "www" / "inside");
  }
  void TearDown() override {
    origin_.reset();
    std::filesystem::remove_all(directory_);
  }

  void write(const std::string& name, const std::string& contents) {
    std::ofstream(directory_ / name, std::ios::binary) << contents;
  }

  void serve(OriginOptions options = {}) {
    options.directory = directory_ / "www";
    auto origin = Origin::create(std::move(options));
    ASSERT_TRUE(origin) << to_string(origin.error());
    origin_ = *std::move(origin);
  }

  void serve_with_faults(std::string_view json) {
    auto faults = FaultScript::create(json, "faults");
    ASSERT_TRUE(faults) << to_string(faults.error());
    OriginOptions options;
    options.faults = *std::move(faults);
    serve(std::move(options));
  }

  [[nodiscard]] ProbeResponse get(std::string_view target, std::string_view fields = {}) const {
    return HttpProbe(origin_->port()).get(target, fields);
  }

  std::filesystem::path directory_;
  std::string media_;
  std::unique_ptr<Origin> origin_;
};

}  // namespace rung::emulator
