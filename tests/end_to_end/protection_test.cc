#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "tests/end_to_end/program.h"
#include "tests/support/temporary_directory.h"

// What `rung package --encrypt` writes, played with its key, without one and with another one.

namespace rung::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string key_id = "0123456789abcdef0123456789abcdef";
const std::string key = "00112233445566778899aabbccddeeff";
constexpr int pictures = 4 * 24;

/// A title of four seconds in the folder of that name.
void package(const TemporaryDirectory& root, const std::string& folder,
             const std::vector<std::string>& more, const std::string& ladder = "200k:256x144") {
  std::vector<std::string> arguments{"package",
                                     "--demo",
                                     "--quiet",
                                     "--seconds",
                                     "4",
                                     "--ladder",
                                     ladder,
                                     "--segment-seconds",
                                     "1",
                                     "-o",
                                     (root.path() / folder).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Output packaged = run_rung(arguments);
  ASSERT_EQ(packaged.status, 0) << packaged.err;
}

Output play(const std::string& url, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"play", "--headless", "--json", url};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_rung(arguments);
}

void expect_whole(const Output& played) {
  ASSERT_EQ(played.status, 0) << played.err;
  const json report = json::parse(played.out);
  EXPECT_EQ(report.at("ended"), "ended");
  // A machine that is busy elsewhere may show some too late, but every one is accounted for.
  EXPECT_NEAR(report.at("frames").get<int>() + report.at("dropped_frames").get<int>(), pictures, 2);
  EXPECT_EQ(report.at("decode_errors"), 0);
}

TEST(Protection, OfSamplesIsOpenedByItsKeyAlone) {
  const TemporaryDirectory root;
  for (const char* scheme : {"cenc", "cbcs"}) {
    package(root, scheme, {"--encrypt", scheme, "--key", key_id + ":" + key});
    const ServingRung server(root.path() / scheme);
    for (const char* manifest : {"manifest.mpd", "master.m3u8"}) {
      expect_whole(play(server.url(manifest), {"--key", key_id + ":" + key}));
      const Output without = play(server.url(manifest));
      EXPECT_EQ(without.status, 4);
      const Output wrong = play(server.url(manifest), {"--key", key_id + ":" + key_id});
      EXPECT_EQ(wrong.status, 4) << scheme << manifest;
      EXPECT_THAT(wrong.err, HasSubstr("wrong")) << scheme << manifest;
    }
  }
}

TEST(Protection, OfWholeSegmentsIsOpenedByTheKeyInThePackage) {
  const TemporaryDirectory root;
  package(root, "whole", {"--encrypt", "aes-128", "--key", key_id + ":" + key});
  const ServingRung server(root.path() / "whole");
  expect_whole(play(server.url("master.m3u8")));
  std::string other = key;
  other.resize(16);
  write_text((root.path() / "whole/content.key").string(), other);
  EXPECT_NE(play(server.url("master.m3u8")).status, 0);
}

TEST(Protection, DoesNotKeepWhoeverHasTheKeyFromTheBetterTrack) {
  const TemporaryDirectory root;
  package(root, "title/clear", {});
  package(root, "title/locked",
          {"--encrypt", "cenc", "--key", key_id + ":" + key, "--key-url", "https://keys.example/",
           "--language", "de"},
          "300k:384x216");
  // One manifest of both: the protected pictures have more lines, and their sound is German.
  const auto sets = [&](const std::string& folder) {
    const std::string mpd = read_text(root.path() / "title" / folder / "manifest.mpd");
    const std::size_t begin = mpd.find("    <AdaptationSet");
    const std::size_t end = mpd.rfind("</AdaptationSet>\n") + 17;
    return std::regex_replace(
        std::regex_replace(mpd.substr(begin, end - begin), std::regex("=\"\\$RepresentationID\\$"),
                           "=\"" + folder + "/$$RepresentationID$$"),
        std::regex(" id=\""), " id=\"" + folder);
  };
  std::string mpd = read_text(root.path() / "title/locked/manifest.mpd");
  const std::string own = mpd.substr(mpd.find("    <AdaptationSet"));
  mpd.replace(mpd.find(own), own.size(), sets("clear") + sets("locked") + "  </Period>\n</MPD>\n");
  mpd = std::regex_replace(mpd, std::regex("(clear|locked)/\\$Rep"), "$1/$$Rep");
  for (const char* folder : {"clear", "locked"})
    mpd = std::regex_replace(
        mpd, std::regex(std::string("id=\"") + folder + "((video|audio)-[^\"]*)\""), "id=\"$1\"");
  mpd = std::regex_replace(mpd, std::regex("https://keys.example/"), "/licence");
  write_text((root.path() / "title/manifest.mpd").string(), mpd);
  // Whoever does not need a licence does not ask for one.
  const ServingRung server(root.path() / "title", {"--licence", key_id + ":" + key});
  const std::vector<std::string> german{"--audio-language", "de"};
  const Output without = play(server.url("manifest.mpd"), german);
  expect_whole(without);
  EXPECT_EQ(json::parse(without.out).at("audio").at("language"), "");
  std::vector<std::string> with_key = german;
  with_key.insert(with_key.end(), {"--key", key_id + ":" + key});
  const std::string log = (root.path() / "log.jsonl").string();
  with_key.insert(with_key.end(), {"--session-log", log});
  const Output played = play(server.url("manifest.mpd"), with_key);
  expect_whole(played);
  EXPECT_EQ(json::parse(played.out).at("audio").at("language"), "de");
  EXPECT_THAT(read_text(log), HasSubstr("/locked/video-300k/seg-2.m4s"));
}

TEST(Protection, IsOpenedByTheLicenceThatItsServerGives) {
  const TemporaryDirectory root;
  package(root, "title",
          {"--encrypt", "cenc", "--key", key_id + ":" + key, "--key-url", "https://keys.example/"});
  const std::string manifest = (root.path() / "title/manifest.mpd").string();
  const std::string mpd = read_text(manifest);
  const std::string log = (root.path() / "log.jsonl").string();
  const ServingRung server(root.path() / "title", {"--licence", key_id + ":" + key});
  const ServingRung keys(root.path(), {"--licence", key_id + ":" + key, "--log", log});
  const ServingRung others(root.path(), {"--licence", std::string(32, 'f') + ":" + key});
  const auto at = [&](const std::string& url) {
    write_text(manifest, std::regex_replace(mpd, std::regex("https://keys.example/"), url));
    return play(server.url("manifest.mpd"), {"--header", "Authorization: Bearer secret"});
  };
  expect_whole(at("licence"));
  expect_whole(at(keys.url("licence?title=1")));
  const std::string asked = read_text(log);
  EXPECT_THAT(asked, HasSubstr("POST"));
  EXPECT_THAT(asked, HasSubstr("application/json"));
  EXPECT_THAT(asked, testing::Not(HasSubstr("secret"))) << "it is for the title's origin";
  EXPECT_EQ(std::ranges::count(asked, '\n'), 1) << "for pictures and sound at once";
  // One more sound, of which the server has no key.
  const std::size_t sound = mpd.rfind("    <AdaptationSet");
  std::string more = mpd.substr(sound, mpd.rfind("</AdaptationSet>\n") + 17 - sound);
  more = std::regex_replace(more, std::regex("default_KID=\"[^\"]*\""),
                            "default_KID=\"ffffffff-ffff-ffff-ffff-ffffffffffff\"");
  const std::string with_more = std::string(mpd).insert(sound, more);
  write_text(manifest,
             std::regex_replace(with_more, std::regex("https://keys.example/"), "licence"));
  expect_whole(play(server.url("manifest.mpd")));
  const Output unknown = at(others.url("licence"));
  EXPECT_EQ(unknown.status, 4);
  EXPECT_THAT(unknown.err, HasSubstr("no licence"));
  const Output none = at(others.url("else"));
  EXPECT_EQ(none.status, 4);
  EXPECT_THAT(none.err, HasSubstr("405"));
  const Output given = run_rung(
      {"play", "--headless", "--json", "--key", key_id + ":" + key, server.url("manifest.mpd")});
  expect_whole(given);
  const Output nonsense = run_rung({"serve", root.path().string(), "--licence", key});
  EXPECT_EQ(nonsense.status, 2);
}

TEST(Protection, IsOfPicturesAndSoundAndTheSummarySaysSo) {
  const TemporaryDirectory root;
  const std::vector<std::string> arguments{"package",
                                           "--demo",
                                           "--quiet",
                                           "--seconds",
                                           "2",
                                           "--ladder",
                                           "200k:256x144",
                                           "--encrypt",
                                           "cenc",
                                           "--key",
                                           key_id + ":" + key,
                                           "-o",
                                           (root.path() / "title").string()};
  std::vector<std::string> with_thumbnails = arguments;
  with_thumbnails.insert(with_thumbnails.end(), {"--thumbnails", "1"});
  const Output packaged = run_rung(with_thumbnails);
  EXPECT_EQ(packaged.status, 0) << packaged.err;
  EXPECT_THAT(packaged.out, HasSubstr("not encrypted: subtitles and thumbnails"));
  EXPECT_THAT(run_rung(arguments).out, testing::Not(HasSubstr("not encrypted")));
}

TEST(Protection, IsAskedForWithItsKey) {
  const TemporaryDirectory root;
  const std::string directory = (root.path() / "title").string();
  const auto refused = [&](const std::vector<std::string>& more, const std::string& reason) {
    std::vector<std::string> arguments{"package", "--demo", "--quiet", "-o", directory};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Output output = run_rung(arguments);
    EXPECT_EQ(output.status, 2) << output.err;
    EXPECT_THAT(output.err, HasSubstr(reason));
    EXPECT_FALSE(std::filesystem::exists(directory));
  };
  refused({"--encrypt", "cenc"}, "--key");
  refused({"--encrypt", "rot13", "--key", key_id + ":" + key}, "cbcs");
  refused({"--encrypt", "cenc", "--key", key_id}, "ID:KEY");
  refused({"--key", key_id + ":" + key}, "--encrypt");
  refused({"--encrypt", "cenc", "--key", key_id + ":" + key, "--key-url", "keys/1"}, "--key-url");
  refused({"--encrypt", "cenc", "--key", key_id + ":" + key, "--key-url", "https:///1"},
          "--key-url");
}

}  // namespace
}  // namespace rung::test
