#include "media/audio_tracks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "media/dash_manifest.h"
#include "media/hls_playlist.h"
#include "media/hls_presentation.h"

namespace rung::media {
namespace {

std::vector<std::string> labels(const Presentation& presentation) {
  const std::vector<AudioTrack> tracks = audio_tracks(presentation, {});
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < tracks.size(); ++i)
    labels.push_back(label_of(tracks, i) + (tracks[i].is_default ? "*" : ""));
  return labels;
}

Presentation dash(const std::string& sets) {
  const auto manifest = parse_dash_manifest(
      R"(<MPD mediaPresentationDuration="PT8S"><Period>)" + sets + "</Period></MPD>",
      "http://h/m.mpd", std::nullopt);
  EXPECT_TRUE(manifest) << to_string(manifest.error());
  return to_presentation(*manifest);
}

std::string audio(const std::string& attributes, const std::string& inside = "") {
  return "<AdaptationSet contentType='audio' " + attributes + ">" + inside +
         "<SegmentTemplate duration='4' media='$RepresentationID$-$Number$'/>"
         "<Representation id='a' bandwidth='64000'/></AdaptationSet>";
}

using Labels = std::vector<std::string>;

TEST(AudioTracks, OfDashAreLanguagesNamesAndRoles) {
  const std::string role = "<Role schemeIdUri='urn:mpeg:dash:role:2011' value='";
  EXPECT_EQ(labels(dash(audio("lang='en' codecs='mp4a.40.2'", role + "main'/>") +
                        audio("lang='en' codecs='ec-3'", role + "main'/>") +
                        audio("lang='en'", role + "commentary'/>") +
                        audio("lang='de'", "<Label>Deutsch</Label>") + audio(""))),
            (Labels{"en*", "en, commentary", "Deutsch (de)", "track 4"}));
  const std::string locked = "<ContentProtection schemeIdUri='x'/>";
  EXPECT_EQ(labels(dash(audio("lang='en'", locked) + audio("lang='de'"))), Labels{"de"});
  EXPECT_EQ(labels(dash(audio("lang='en'", locked))), Labels{"en"});
  const auto of_any_key = [](const std::string& sets) {
    return audio_tracks(dash(sets), {std::string(32, '0')}).front().language;
  };
  EXPECT_EQ(of_any_key(audio("lang='en'", locked) + audio("lang='de'")), "de");
  EXPECT_EQ(of_any_key(audio("lang='en'", locked)), "en");
  EXPECT_EQ(labels(dash("<AdaptationSet contentType='video'>"
                        "<SegmentTemplate duration='4' media='$Number$'/>"
                        "<Representation id='v' bandwidth='1' codecs='avc1.1,mp4a.40.2'/>"
                        "</AdaptationSet>" +
                        audio("lang='en'"))),
            Labels{})
      << "the pictures carry it";
}

TEST(AudioTracks, OfHlsAreOneForAllGroups) {
  const auto playlist = parse_hls_playlist(
      "#EXTM3U\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"lo\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,"
      "URI=\"lo/en\"\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"lo\",NAME=\"Deutsch\",LANGUAGE=\"de\",URI=\"lo/de\"\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"hi\",NAME=\"English\",LANGUAGE=\"en\",DEFAULT=YES,"
      "URI=\"hi/en\"\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"hi\",NAME=\"Deutsch\",LANGUAGE=\"de\",URI=\"hi/de\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.1,mp4a.40.2\",AUDIO=\"lo\"\nv1\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=2,CODECS=\"avc1.1,mp4a.40.2\",AUDIO=\"hi\"\nv2\n",
      "http://h/m.m3u8", {});
  ASSERT_TRUE(playlist) << to_string(playlist.error());
  const Presentation presentation = announced_presentation(
      std::get<HlsMultivariantPlaylist>(playlist->content), "http://h/m.m3u8");
  EXPECT_EQ(labels(presentation), (Labels{"English (en)*", "Deutsch (de)"}));
  const std::vector<AudioTrack> tracks = audio_tracks(presentation, {});
  const auto& sets = presentation.periods.front().adaptation_sets;
  EXPECT_EQ(audio_track_of(tracks, sets.back()), 1U);
  EXPECT_EQ(audio_track_of(tracks, sets.front()), 2U) << "is video";
}

}  // namespace
}  // namespace rung::media
