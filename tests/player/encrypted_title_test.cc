#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "media/box_reader.h"
#include "media/decode/content_keys.h"
#include "player/key_store.h"
#include "player/player.h"
#include "tests/support/encoded_title.h"
#include "tests/support/nginx_server.h"
#include "tests/support/policies.h"
#include "tests/support/protected_media.h"
#include "tests/support/served_title.h"

// Titles whose segments are encrypted with AES-128, by ffmpeg and by openssl, or their samples.

namespace rung::player {
namespace {

using namespace std::chrono_literals;
using session::EndReason;
using testing::HasSubstr;

void run(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;
  std::fprintf(stderr, "failed: %s\n", command.c_str());
  std::abort();
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const std::filesystem::path& path, const test::Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

/// Encrypts the samples of a title that write_encoded_title() wrote, in place.
void protect(const std::filesystem::path& folder, const test::SampleProtection& protection) {
  for (int i = 0; i < 3; ++i) {
    std::istringstream lines(read(folder / ("media_" + std::to_string(i) + ".m3u8")));
    media::TrackKind kind{};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#EXT-X-MAP")) {
        const auto quote = line.find('"') + 1;
        const auto init = folder / line.substr(quote, line.find('"', quote) - quote);
        kind = read(init).find("mp4a") == std::string::npos ? media::TrackKind::video
                                                            : media::TrackKind::audio;
        write(init, protection.init(test::read_file(init)));
      } else if (!line.empty() && !line.starts_with('#')) {
        write(folder / line, protection.segment(test::read_file(folder / line), kind));
      }
    }
  }
}

/// The init segment with its track once more, under a key id of its own.
std::string with_track_of_another_key(const std::string& init) {
  const auto movie = media::find_box(init, "moov").value();
  const auto track = media::find_box(movie.body, "trak").value();
  std::string copy(movie.body.substr(track.begin, track.end - track.begin));
  constexpr std::size_t from_type_to_id = 12;
  copy[copy.find("tenc") + from_type_to_id] ^= 1;
  std::string all = init;
  all.insert(movie.end, copy);
  const std::size_t size = movie.end - movie.begin + copy.size();
  for (std::size_t i = 0; i < 4; ++i)
    all[movie.begin + i] = static_cast<char>(size >> (8 * (3 - i)) & 0xFFU);
  return all;
}

class EncryptedTitleTest : public testing::Test {
 protected:
  [[nodiscard]] static test::SampleProtection protection_with_first_key(const char* scheme) {
    return {.scheme = scheme,
            .key = decode::cipher_block(first_key).value(),
            .vector = decode::cipher_block(vector).value(),
            .key_id = key_id};
  }
  static constexpr int seconds = 6;
  static constexpr const char* first_key = "00112233445566778899aabbccddeeff";
  static constexpr const char* second_key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  static constexpr const char* key_id = "0123456789abcdef0123456789abcdef";
  static constexpr const char* vector = "fedcba98765432100123456789abcdef";

  EncryptedTitleTest() {
    write_key("first.key", first_key);
    write_key("second.key", second_key);
  }

  void write_key(const std::string& name, const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    server_.write_file("title/" + name, bytes);
  }

  /// A title of ISO BMFF segments of two seconds from number 7 on. The init segments and the first
  /// of two segments have the first key and a stated vector, the others the second key and their
  /// number.
  void write_title(bool ends) {
    const std::filesystem::path folder = server_.files() / "title";
    test::write_encoded_title(folder, seconds);
    const auto encrypt = [&](const std::string& file, const std::string& key,
                             const std::string& iv) {
      run("cd '" + folder.string() + "' && openssl enc -aes-128-cbc -K " + key + " -iv " + iv +
          " -in " + file + " -out tmp && mv tmp " + file);
    };
    for (int i = 0; i < 3; ++i) {
      const std::string name = "media_" + std::to_string(i) + ".m3u8";
      std::istringstream lines(read(folder / name));
      std::string playlist =
          "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n"
          "#EXT-X-MEDIA-SEQUENCE:7\n";
      const std::string stated =
          std::string("#EXT-X-KEY:METHOD=AES-128,URI=\"first.key\",IV=0x") + vector + "\n";
      int segment = 0;
      for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#EXT-X-MAP")) {
          playlist += stated + line + "\n";
          const auto quote = line.find('"') + 1;
          encrypt(line.substr(quote, line.find('"', quote) - quote), first_key, vector);
        }
        if (line.starts_with("#EXTINF")) {
          playlist += segment % 2 == 0 ? stated : "#EXT-X-KEY:METHOD=AES-128,URI=\"second.key\"\n";
          playlist += line + "\n";
        }
        if (line.empty() || line.starts_with('#')) continue;
        std::array<char, 33> number{};
        std::snprintf(number.data(), number.size(), "%032x", 7 + segment);
        encrypt(line, segment % 2 == 0 ? first_key : second_key,
                segment % 2 == 0 ? vector : number.data());
        playlist += line + "\n";
        ++segment;
      }
      server_.write_file("title/" + name, playlist + (ends ? "#EXT-X-ENDLIST\n" : ""));
    }
  }

  Expected<std::unique_ptr<Player>> open(const std::string& path) {
    PlayerOptions wanted;
    wanted.url = server_.url(path);
    wanted.display = Display::none;
    wanted.keys = keys_;
    wanted.session.max_attempts = 2;
    wanted.session.backoff_base = 1ms;
    return Player::open(std::move(wanted), std::make_unique<test::OneRung>(0),
                        std::make_unique<test::LastThroughput>(), stop_.get_token());
  }

  PlayerReport play(const std::string& path) {
    auto player = open(path);
    if (!player) {
      ADD_FAILURE() << to_string(player.error());
      return {};
    }
    return (*player)->play(stop_.get_token());
  }

  test::NginxServer server_;
  std::stop_source stop_;
  decode::ContentKeys keys_;
};

TEST_F(EncryptedTitleTest, PlaysInitSegmentsAndKeysThatChangeToTheEnd) {
  write_title(true);
  const PlayerReport report = play("/title/master.m3u8");
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.session.failures, 0);
  EXPECT_EQ(report.output.frames_decoded, seconds * 25);
  EXPECT_EQ(report.output.decode_errors, 0);
  int keys = 0;
  for (const auto& access : server_.accesses(20)) keys += access.path.ends_with(".key") ? 1 : 0;
  EXPECT_EQ(keys, 2) << "each is fetched once";
}

TEST_F(EncryptedTitleTest, PlaysLive) {
  write_title(false);
  auto player = open("/title/master.m3u8");
  ASSERT_TRUE(player) << to_string(player.error());
  std::jthread viewer([&] {
    // Over a change of the key.
    for (int i = 0; i < 4000 && (*player)->status().position < MediaTime(4500ms); ++i)
      std::this_thread::sleep_for(5ms);
    (*player)->control().stop();
  });
  const PlayerReport report = (*player)->play(stop_.get_token());
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_GE(report.output.frames_decoded, 100);
  EXPECT_EQ(report.output.decode_errors, 0);
}

TEST_F(EncryptedTitleTest, PlaysTransportStreamsAsFfmpegEncryptsThem) {
  const std::string folder = (server_.files() / "title").string();
  server_.write_file("title/info", "first.key\nfirst.key\n");
  run("cd '" + folder +
      "' && ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=320x180:rate=25:duration=4"
      " -f lavfi -i sine=frequency=440:sample_rate=48000:duration=4 -c:v libx264 -preset ultrafast"
      " -pix_fmt yuv420p -g 50 -c:a aac -f hls -hls_time 2 -hls_playlist_type vod"
      " -hls_key_info_file info stream.m3u8");
  const PlayerReport report = play("/title/stream.m3u8");
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.output.frames_decoded, 100);
}

TEST_F(EncryptedTitleTest, PlaysProtectedSamplesWithKeysThatAreFetchedOrGiven) {
  const std::filesystem::path folder = server_.files() / "title";
  for (const char* scheme : {"cbcs", "cenc"}) {
    test::write_encoded_title(folder, seconds);
    const test::SampleProtection protection = protection_with_first_key(scheme);
    const bool cbcs = protection.scheme == "cbcs";
    protect(folder, protection);
    for (int i = 0; i < 3; ++i) {
      const std::string name = "media_" + std::to_string(i) + ".m3u8";
      const std::string key = std::string("#EXT-X-KEY:METHOD=SAMPLE-AES") + (cbcs ? "" : "-CTR") +
                              ",URI=\"first.key\",IV=0x" + vector + "\n";
      server_.write_file(
          "title/" + name,
          std::regex_replace(read(folder / name), std::regex("#EXT-X-VERSION"), key + "$&"));
    }
    std::string mpd = read(folder / "manifest.mpd");
    for (std::size_t set = 0; (set = mpd.find("<AdaptationSet", set)) != std::string::npos; ++set)
      mpd.insert(mpd.find('>', set) + 1,
                 "<ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\""
                 " xmlns:cenc=\"urn:mpeg:cenc:2013\" cenc:default_KID=\""
                 "01234567-89ab-cdef-0123-456789abcdef\"/>");
    server_.write_file("title/manifest.mpd", mpd);
    for (const char* manifest : {"/title/master.m3u8", "/title/manifest.mpd"}) {
      if (std::string_view(manifest).ends_with("mpd")) keys_ = {{key_id, protection.key}};
      const PlayerReport report = play(manifest);
      EXPECT_EQ(report.failure, std::nullopt) << scheme << manifest;
      EXPECT_EQ(report.session.end, EndReason::played_out) << scheme << manifest;
      EXPECT_EQ(report.output.frames_decoded, seconds * 25) << scheme << manifest;
      EXPECT_EQ(report.output.decode_errors, 0) << scheme << manifest;
      keys_.clear();
    }
  }
  // Without the keys, or with another one, nothing begins.
  const auto locked = open("/title/manifest.mpd");
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, ErrorCode::unsupported);
  EXPECT_THAT(locked.error().message, HasSubstr("--key"));
  keys_ = {{std::string(32, 'f'), decode::CipherBlock{}}};
  const auto other = open("/title/manifest.mpd");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::unsupported);
  EXPECT_THAT(other.error().message, HasSubstr(key_id));
  // Keys of a DRM system cannot be fetched, and what is not stated is found out.
  std::string playlist = read(folder / "media_0.m3u8");
  server_.write_file("title/alone.m3u8", std::regex_replace(playlist, std::regex("IV=0x"),
                                                            "KEYFORMAT=\"com.drm\",IV=0x"));
  const auto found = play("/title/alone.m3u8");
  ASSERT_TRUE(found.failure);
  EXPECT_EQ(found.failure->code, ErrorCode::unsupported);
  keys_.clear();
  ASSERT_FALSE(open("/title/alone.m3u8"));
  EXPECT_THAT(open("/title/alone.m3u8").error().message, HasSubstr("com.drm"));
}

TEST_F(EncryptedTitleTest, PlaysTransportStreamsWhoseSamplesAreEncrypted) {
  const std::filesystem::path folder = server_.files() / "title";
  run("cd '" + folder.string() +
      "' && ffmpeg -nostdin -loglevel error -f lavfi -i testsrc2=size=320x180:rate=25:duration=4"
      " -f lavfi -i sine=frequency=440:sample_rate=48000:duration=4 -c:v libx264 -preset ultrafast"
      " -pix_fmt yuv420p -g 50 -c:a aac -f hls -hls_time 2 -hls_playlist_type vod stream.m3u8");
  const decode::SampleKey key{.key = decode::cipher_block(first_key).value(),
                              .vector = decode::cipher_block(vector).value()};
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".ts")
      write(entry.path(), test::encrypted_stream(test::read_file(entry.path()), key));
  const std::string clear = read(folder / "stream.m3u8");
  const std::string tag =
      std::string("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"first.key\",IV=0x") + vector;
  server_.write_file("title/stream.m3u8",
                     std::regex_replace(clear, std::regex("#EXTM3U"), "#EXTM3U\n" + tag));
  const PlayerReport report = play("/title/stream.m3u8");
  EXPECT_EQ(report.failure, std::nullopt);
  EXPECT_EQ(report.session.end, EndReason::played_out);
  EXPECT_EQ(report.output.frames_decoded, 100);
  EXPECT_EQ(report.output.decode_errors, 0);
}

TEST_F(EncryptedTitleTest, AWrongKeyOfSamplesIsRefusedBeforeAnythingIsSeen) {
  const std::filesystem::path folder = server_.files() / "title";
  test::write_encoded_title(folder, seconds);
  const test::SampleProtection protection = protection_with_first_key("cenc");
  protect(folder, protection);
  std::string playlist = read(folder / "media_0.m3u8");
  const std::string head = "#EXTM3U\n";
  server_.write_file("title/given.m3u8",
                     playlist.replace(0, head.size(),
                                      head + "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI=\"data:,\","
                                             "KEYFORMAT=\"com.drm\"\n"));
  const auto refused = [&](const char* name) {
    const PlayerReport report = play(name);
    EXPECT_EQ(report.output.frames_presented, 0);
    if (!report.failure) return std::string("was played");
    EXPECT_EQ(report.failure->code, ErrorCode::unsupported);
    return report.failure->message;
  };
  keys_ = {{key_id, protection.key}};
  EXPECT_EQ(play("/title/given.m3u8").failure, std::nullopt);
  keys_ = {{key_id, decode::cipher_block(second_key).value()}};
  EXPECT_THAT(refused("/title/given.m3u8"), HasSubstr(key_id));
  // One that is fetched is just as wrong.
  keys_.clear();
  server_.write_file(
      "title/fetched.m3u8",
      std::regex_replace(playlist, std::regex("URI=\"data:,\",KEYFORMAT=\"com.drm\""),
                         "URI=\"second.key\""));
  EXPECT_THAT(refused("/title/fetched.m3u8"), HasSubstr("fetched"));
}

TEST_F(EncryptedTitleTest, TracksOfOneSegmentWithKeysOfTheirOwnAreRefused) {
  const std::filesystem::path folder = server_.files() / "title";
  test::write_encoded_title(folder, seconds);
  const test::SampleProtection protection = protection_with_first_key("cenc");
  protect(folder, protection);
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("init"))
      server_.write_file("title/" + entry.path().filename().string(),
                         with_track_of_another_key(read(entry.path())));
  std::string playlist = read(folder / "media_0.m3u8");
  const std::string head = "#EXTM3U\n";
  server_.write_file("title/given.m3u8",
                     playlist.replace(0, head.size(),
                                      head + "#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI=\"data:,\","
                                             "KEYFORMAT=\"com.drm\"\n"));
  keys_ = {{key_id, protection.key}};
  const PlayerReport report = play("/title/given.m3u8");
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->code, ErrorCode::unsupported);
  EXPECT_THAT(report.failure->message, HasSubstr("different keys"));
  EXPECT_EQ(report.output.frames_presented, 0);
}

TEST_F(EncryptedTitleTest, AnotherKeyIsOneClearError) {
  write_title(true);
  write_key("first.key", second_key);
  const PlayerReport report = play("/title/master.m3u8");
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->code, ErrorCode::decode);
  EXPECT_THAT(report.failure->message, HasSubstr("key"));
  EXPECT_EQ(report.output.frames_presented, 0);
}

TEST_F(EncryptedTitleTest, AKeyOfAnotherLengthIsNone) {
  write_title(true);
  server_.write_file("title/first.key", "a page that tells to log in");
  const PlayerReport report = play("/title/master.m3u8");
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->code, ErrorCode::malformed);
  EXPECT_THAT(report.failure->message, HasSubstr("first.key"));
}

TEST_F(EncryptedTitleTest, AKeyThatCannotBeHadIsAFailureOfTheNetwork) {
  write_title(true);
  std::filesystem::remove(server_.files() / "title/first.key");
  const PlayerReport report = play("/title/master.m3u8");
  EXPECT_EQ(report.session.end, EndReason::network_failure);
  ASSERT_TRUE(report.failure);
  EXPECT_THAT(report.failure->message, HasSubstr("404"));
}

}  // namespace
}  // namespace rung::player
