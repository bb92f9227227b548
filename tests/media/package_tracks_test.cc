#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "media/ladder.h"
#include "media/package/demo_sound.h"
#include "media/package/file_source.h"
#include "tests/media/packages.h"

// What a package has beside its pictures: sound in several languages, subtitles, thumbnails.

namespace rung::package {
namespace {

using ::testing::HasSubstr;

/// Of the mean loudness of the left channel, how much the tone of `hertz` has.
double share_of_tone(const std::vector<float>& samples, double hertz) {
  double sine = 0;
  double cosine = 0;
  double all = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / sound_rate;
    sine += samples[i] * std::sin(phase);
    cosine += samples[i] * std::cos(phase);
    all += double{samples[i]} * samples[i];
  }
  const auto count = static_cast<double>(samples.size());
  return 2 * (sine * sine + cosine * cosine) / (count * all);
}

TEST(Package, HasSoundInEveryLanguageThatWasGiven) {
  const TemporaryDirectory root;
  auto higher = DemoSource::create({.seconds = 2, .size = {64, 36}, .semitones = 5});
  ASSERT_TRUE(higher);
  PackageOptions options = small_options();
  options.ladder = {{100_kbps, 256, 144}};
  options.language = "en";
  options.further_sound = {{*std::move(higher), "pt-BR"}};
  const auto package = write_package(*small_demo(2), options, root / "title", {});
  ASSERT_TRUE(package) << to_string(package.error());
  ASSERT_EQ(package->audio.size(), 2U);
  EXPECT_EQ(package->audio[1].id, "audio-128k-pt-BR");
  EXPECT_EQ(package->audio[0].segments.size(), package->audio[1].segments.size());
  EXPECT_NE(read(root / "title/audio-128k/seg-1.m4s"),
            read(root / "title/audio-128k-pt-BR/seg-1.m4s"));
  const std::string mpd = read(root / "title/manifest.mpd");
  EXPECT_THAT(all_matches(mpd, " lang=\"([^\"]+)\""), ::testing::ElementsAre("en", "pt-BR"));
  EXPECT_EQ(all_matches(mpd, "(value=\"main\")").size(), 1U);
  EXPECT_THAT(all_matches(mpd, "AdaptationSet id=\"([0-9]+)"),
              ::testing::ElementsAre("1", "2", "3"));
  const std::string master = read(root / "title/master.m3u8");
  EXPECT_THAT(master, HasSubstr("NAME=\"en\",LANGUAGE=\"en\",DEFAULT=YES"));
  EXPECT_THAT(master, HasSubstr("NAME=\"pt-BR\",LANGUAGE=\"pt-BR\",DEFAULT=NO"));
  EXPECT_TRUE(fs::exists(root / "title/audio-128k-pt-BR/index.m3u8"));
  const auto ladder = media::parse_ladder(read(root / "title/ladder.json"), "ladder.json");
  ASSERT_TRUE(ladder) << to_string(ladder.error());
  EXPECT_EQ(ladder->audio->rungs.size(), 1U) << "one language is played at a time";

  options.further_sound.front().language = "en";
  const auto twice = write_package(*small_demo(1), options, root / "twice", {});
  ASSERT_FALSE(twice);
  EXPECT_THAT(to_string(twice.error()), HasSubstr("already"));
  options.further_sound.front().language = "../up";
  EXPECT_FALSE(write_package(*small_demo(1), options, root / "up", {}));
}

TEST(Package, HasSubtitlesAsAFileForDashAndInSegmentsForHls) {
  const TemporaryDirectory root;
  PackageOptions options = small_options();
  options.ladder = {{100_kbps, 256, 144}};
  const std::string text =
      "WEBVTT\n\n00:00.500 --> 00:01.500\nboth\n\n00:01.600 --> 00:01.900\nx\n";
  options.subtitles = {{.text = text, .language = "en"},
                       {.text = text, .language = ""},
                       {.text = text, .language = "de", .name = "Deutsch & \xC3\x9C"}};
  const auto package = write_package(*small_demo(2), options, root / "title", {});
  ASSERT_TRUE(package) << to_string(package.error());
  EXPECT_EQ(read(root / "title/text-en/subtitles.vtt"), text);
  EXPECT_THAT(read(root / "title/text-en/seg-1.vtt"),
              ::testing::AllOf(HasSubstr("X-TIMESTAMP-MAP"), HasSubstr("both"),
                               ::testing::Not(HasSubstr("\nx\n"))));
  EXPECT_THAT(read(root / "title/text-en/seg-2.vtt"),
              ::testing::AllOf(HasSubstr("both"), HasSubstr("\nx\n")));
  EXPECT_THAT(all_matches(read(root / "title/text-en/index.m3u8"), "\n(seg-[0-9]+\\.vtt)"),
              ::testing::ElementsAre("seg-1.vtt", "seg-2.vtt"));
  const std::string mpd = read(root / "title/manifest.mpd");
  EXPECT_THAT(mpd, HasSubstr("mimeType=\"text/vtt\" lang=\"en\""));
  EXPECT_THAT(mpd, HasSubstr("<BaseURL>text-en/subtitles.vtt</BaseURL>"));
  EXPECT_THAT(mpd, HasSubstr("<BaseURL>text/subtitles.vtt</BaseURL>"));
  const std::string master = read(root / "title/master.m3u8");
  EXPECT_THAT(master, HasSubstr("TYPE=SUBTITLES,GROUP-ID=\"text\",NAME=\"en\",LANGUAGE=\"en\""));
  EXPECT_THAT(mpd, HasSubstr("<Label>Deutsch &amp; \xC3\x9C</Label>"));
  EXPECT_THAT(master, HasSubstr("NAME=\"Deutsch & \xC3\x9C\",LANGUAGE=\"de\""));
  EXPECT_FALSE(is_track_name("say \"hello\""));
  EXPECT_FALSE(is_track_name("two\nlines"));
  EXPECT_FALSE(
      is_track_name("\xDC"
                    "bersetzt"))
      << "no UTF-8, which the manifests are";
  EXPECT_FALSE(is_track_name("\xEF\xBF\xBF")) << "no character of XML";
  EXPECT_FALSE(is_track_name(std::string(101, 'x')));
  EXPECT_THAT(master, HasSubstr(",SUBTITLES=\"text\"\nvideo-100k/index.m3u8"));

  for (const auto& [wrong, why] :
       {std::pair("no subtitles", "WEBVTT"), std::pair("WEBVTT\n\nno cue\n", "no cue")}) {
    options.subtitles = {{.text = wrong, .language = "en"}};
    const auto refused = write_package(*small_demo(1), options, root / "wrong", {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(to_string(refused.error()), HasSubstr(why));
    EXPECT_FALSE(fs::exists(root / "wrong"));
  }
  options.subtitles = {{.text = text, .language = "en"}, {.text = text, .language = "en"}};
  EXPECT_FALSE(write_package(*small_demo(1), options, root / "twice", {}));
}

TEST(Package, HasThumbnailsAsImagesOfManyForBothManifests) {
  const TemporaryDirectory root;
  PackageOptions options = small_options();
  options.ladder = {{100_kbps, 256, 144}};
  options.thumbnail_interval = std::chrono::milliseconds(100);
  const auto package = write_package(*small_demo(3), options, root / "title", {});
  ASSERT_TRUE(package) << to_string(package.error());
  ASSERT_TRUE(package->thumbnails);
  // Of 24 pictures a second every second one: 36, 25 of them in an image.
  EXPECT_EQ(package->thumbnails->pictures_each, 2);
  EXPECT_EQ(package->thumbnails->images, 2);
  EXPECT_EQ(package->thumbnails->size, (PictureSize{160, 90}));
  const std::string mpd = read(root / "title/manifest.mpd");
  EXPECT_THAT(mpd, HasSubstr("contentType=\"image\" mimeType=\"image/jpeg\""));
  EXPECT_THAT(mpd, HasSubstr("timescale=\"24\" duration=\"50\""));
  EXPECT_THAT(mpd, HasSubstr("width=\"800\" height=\"450\""));
  EXPECT_THAT(mpd, HasSubstr("thumbnail_tile\" value=\"5x5\""));
  EXPECT_THAT(read(root / "title/master.m3u8"),
              HasSubstr("RESOLUTION=160x90,CODECS=\"jpeg\",URI=\"thumbnails/index.m3u8\""));
  const std::string playlist = read(root / "title/thumbnails/index.m3u8");
  EXPECT_THAT(playlist, HasSubstr("LAYOUT=5x5,DURATION=0.083333333\ntile-1.jpg"));
  EXPECT_THAT(all_matches(playlist, "#EXTINF:([0-9.]+)"),
              ::testing::ElementsAre("2.083333333", "0.916666667"));
  for (const char* name : {"tile-1.jpg", "tile-2.jpg"})
    EXPECT_TRUE(read(root / "title/thumbnails" / name).starts_with("\xFF\xD8\xFF")) << name;
}

TEST(Package, KnowsTheFormOfALanguage) {
  for (const char* tag : {"de", "pt-BR", "zh-Hant-TW", "es-419", "sgn-ase"})
    EXPECT_TRUE(is_language_tag(tag)) << tag;
  for (const char* text : {"", "d", "de-", "-de", "d-e", "de--at", "de/at", "12", "deutschland"})
    EXPECT_FALSE(is_language_tag(text)) << text;
}

TEST(DemoSound, IsHigherBySoManySemitones) {
  const auto left = [](const DemoSound& sound) {
    const FramePtr frame = sound.render(2 * sound_rate, sound_rate);
    const auto* samples = reinterpret_cast<const float*>(frame->extended_data[0]);
    return std::vector<float>(samples, samples + frame->nb_samples);
  };
  // The lowest note of the first chord, and the fourth above it.
  const double own = 110 - .35;
  const double fourth = 110 * std::exp2(5 / 12.0) - .35;
  const auto low = left(DemoSound(10 * sound_rate));
  const auto high = left(DemoSound(10 * sound_rate, 5));
  EXPECT_GT(share_of_tone(low, own), 5 * share_of_tone(low, fourth));
  EXPECT_GT(share_of_tone(high, fourth), 5 * share_of_tone(high, own));
}

TEST(FileSource, GivesTheSoundOfAFileAlone) {
  const TemporaryDirectory root;
  ASSERT_TRUE(write_package(*small_demo(2), small_options(), root / "demo", {}));
  {
    const fs::path folder = root / "demo/audio-128k";
    std::ofstream(root / "sound.mp4", std::ios::binary)
        << read(folder / "init.mp4") << read(folder / "seg-1.m4s") << read(folder / "seg-2.m4s");
    const fs::path pictures = root / "demo/video-100k";
    std::ofstream(root / "film.mp4", std::ios::binary)
        << read(pictures / "init.mp4") << read(pictures / "seg-1.m4s");
  }
  auto source = FileSource::create_sound(root / "sound.mp4");
  ASSERT_TRUE(source) << to_string(source.error());
  EXPECT_TRUE((*source)->format().has_sound);
  EXPECT_EQ((*source)->next_picture()->get(), nullptr);
  std::int64_t samples = 0;
  for (auto sound = (*source)->next_sound(); sound && *sound; sound = (*source)->next_sound())
    samples += (*sound)->nb_samples;
  EXPECT_NEAR(static_cast<double>(samples), 2 * sound_rate, 2048);
  const auto silent = FileSource::create_sound(root / "film.mp4");
  ASSERT_FALSE(silent);
  EXPECT_THAT(to_string(silent.error()), HasSubstr("has no sound"));
}

}  // namespace
}  // namespace rung::package
