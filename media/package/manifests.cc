#include "media/package/manifests.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "media/ladder.h"

namespace rung::package {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view mpd_name = "manifest.mpd";
constexpr std::string_view master_name = "master.m3u8";
constexpr std::string_view media_playlist_name = "index.m3u8";
constexpr std::string_view subtitles_name = "subtitles.vtt";
constexpr std::string_view key_name = "content.key";

std::string text_segment_name(std::size_t index) { return fmt::format("seg-{}.vtt", index + 1); }

Duration start(const PackagedTrack& track, const PackagedSegment& segment) {
  return from_ticks(segment.start, track.timescale);
}

Duration end(const PackagedTrack& track, const PackagedSegment& segment) {
  return from_ticks(segment.start + segment.duration, track.timescale);
}

/// Whole seconds and up to nine decimals, without trailing zeros.
std::string decimal(Duration duration) {
  std::string text =
      fmt::format("{}.{:09}", duration.count() / 1'000'000'000, duration.count() % 1'000'000'000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    }
  }
  return out;
}

std::string frame_rate_text(AVRational rate) {
  return rate.den == 1 ? fmt::format("{}", rate.num) : fmt::format("{}/{}", rate.num, rate.den);
}

/// A Label element on a line; nothing without a name.
std::string label_element(const std::string& name) {
  return name.empty() ? "" : fmt::format("      <Label>{}</Label>\n", escaped(name));
}

/// What HLS calls a track.
std::string track_name(const std::string& name, const std::string& language,
                       const char* otherwise) {
  if (!name.empty()) return name;
  return language.empty() ? otherwise : language;
}

/// " lang=..."; nothing where the language is not known.
std::string language_attribute(const std::string& language) {
  return language.empty() ? "" : fmt::format(" lang=\"{}\"", language);
}

/// The same of a playlist, "LANGUAGE=...,".
std::string language_entry(const std::string& language) {
  return language.empty() ? "" : fmt::format("LANGUAGE=\"{}\",", language);
}

/// In bit/s, over the whole title.
std::int64_t text_bandwidth(const PackagedText& subtitles, Duration duration) {
  return (ByteCount(static_cast<std::int64_t>(subtitles.text.size())) / duration).bits_per_second();
}

/// RFC 8216 section 4.3.3.1: no segment, rounded to the nearest second, may last longer.
Duration target_duration(const PackagedTrack& track) {
  Duration longest{};
  for (const PackagedSegment& segment : track.segments)
    longest = std::max(longest, end(track, segment) - start(track, segment));
  const auto rounded = std::chrono::round<std::chrono::seconds>(longest);
  return std::max<Duration>(std::chrono::seconds(1), rounded);
}

/// size / duration in bit/s, rounded up.
std::int64_t rate_of(ByteCount size, Duration duration) {
  const BitRate down = size / duration;
  return down.bits_per_second() + (down * duration < size ? 1 : 0);
}

/// A key's id as a UUID.
std::string uuid(const std::string& key_id) {
  std::string text = key_id;
  for (const std::size_t place : {20U, 16U, 12U, 8U}) text.insert(place, 1, '-');
  return text;
}

/// Of an adaptation set (ISO/IEC 23001-7 section 11.2; DASH-IF, clear keys): the scheme, the key's
/// id, and who has the key.
std::string protection_elements(const std::optional<ContentProtection>& protection) {
  if (!protection) return {};
  std::string text = fmt::format(
      "      <ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"{}\" "
      "cenc:default_KID=\"{}\"/>\n",
      name_of(protection->scheme), uuid(protection->key_id));
  if (!protection->key_url.empty())
    text += fmt::format(
        "      <ContentProtection schemeIdUri=\"urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e\" "
        "value=\"ClearKey1.0\">\n        <dashif:Laurl>{}</dashif:Laurl>\n"
        "      </ContentProtection>\n",
        escaped(protection->key_url));
  return text;
}

/// The same of a media playlist. What whole segments are encrypted with is fetched as it is.
std::string key_line(const std::optional<ContentProtection>& protection) {
  if (!protection) return {};
  const std::string& url = protection->key_url;
  if (protection->scheme == ContentProtection::Scheme::aes_128)
    return fmt::format("#EXT-X-KEY:METHOD=AES-128,URI=\"{}\"\n",
                       url.empty() ? fmt::format("../{}", key_name) : url);
  return fmt::format(
      "#EXT-X-KEY:METHOD={},URI=\"{}\",KEYID=0x{},KEYFORMAT=\"org.w3.clearkey\","
      "KEYFORMATVERSIONS=\"1\"\n",
      protection->scheme == ContentProtection::Scheme::cbcs ? "SAMPLE-AES" : "SAMPLE-AES-CTR",
      url.empty() ? fmt::format("urn:uuid:{}", uuid(protection->key_id)) : url, protection->key_id);
}

/// Pictures of the title that an image stands for.
std::int64_t pictures_of(const PackagedThumbnails& images) {
  return images.pictures_each * images.grid.columns * images.grid.rows;
}

/// For how long.
Duration image_duration(const Package& package) {
  return from_ticks(pictures_of(*package.thumbnails) * package.frame_rate.den,
                    package.frame_rate.num);
}

/// What the largest image takes, in bit/s.
std::int64_t image_bandwidth(const Package& package) {
  return rate_of(package.thumbnails->largest, image_duration(package));
}

std::string mpd(const Package& package) {
  std::string text;
  const auto out = std::back_inserter(text);
  const PackagedTrack& top = package.video.back();
  const Duration minimum_buffer = segment_duration(package);
  Duration longest = minimum_buffer;
  for (const PackagedTrack& track : package.audio)
    for (const PackagedSegment& segment : track.segments)
      longest = std::max(longest, end(track, segment) - start(track, segment));
  if (package.thumbnails) longest = std::max(longest, image_duration(package));
  fmt::format_to(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"\n{}"
                 "     profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\"\n"
                 "     mediaPresentationDuration=\"PT{}S\" minBufferTime=\"PT{}S\" "
                 "maxSegmentDuration=\"PT{}S\">\n",
                 package.protection ? "     xmlns:cenc=\"urn:mpeg:cenc:2013\" "
                                      "xmlns:dashif=\"https://dashif.org/CPS\"\n"
                                    : "",
                 decimal(duration(package)), decimal(minimum_buffer), decimal(longest));
  fmt::format_to(out,
                 "  <ProgramInformation>\n    <Title>{}</Title>\n  </ProgramInformation>\n"
                 "  <Period id=\"1\" start=\"PT0S\">\n",
                 escaped(package.title));
  fmt::format_to(
      out,
      "    <AdaptationSet id=\"1\" contentType=\"video\" mimeType=\"video/mp4\" "
      "segmentAlignment=\"true\" startWithSAP=\"1\" maxWidth=\"{}\" maxHeight=\"{}\" "
      "frameRate=\"{}\" sar=\"1:1\">\n{}"
      "      <SegmentTemplate timescale=\"{}\" duration=\"{}\" startNumber=\"1\" "
      "initialization=\"$RepresentationID$/init.mp4\" "
      "media=\"$RepresentationID$/seg-$Number$.m4s\"/>\n",
      top.width, top.height, frame_rate_text(package.frame_rate),
      protection_elements(package.protection), top.timescale,
      av_rescale(package.pictures_per_segment, std::int64_t{package.frame_rate.den} * top.timescale,
                 package.frame_rate.num));
  for (const PackagedTrack& track : package.video)
    fmt::format_to(out,
                   "      <Representation id=\"{}\" codecs=\"{}\" bandwidth=\"{}\" width=\"{}\" "
                   "height=\"{}\"/>\n",
                   track.id, track.codecs, declared_bandwidth(track).bits_per_second(), track.width,
                   track.height);
  text += "    </AdaptationSet>\n";
  int id = 1;
  for (const PackagedTrack& track : package.audio) {
    const bool main = &track == &package.audio.front() && package.audio.size() > 1;
    fmt::format_to(
        out,
        "    <AdaptationSet id=\"{}\" contentType=\"audio\" mimeType=\"audio/mp4\" "
        "segmentAlignment=\"true\" startWithSAP=\"1\" audioSamplingRate=\"{}\"{}>\n{}{}"
        "      <AudioChannelConfiguration "
        "schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" "
        "value=\"{}\"/>\n{}"
        "      <SegmentTemplate timescale=\"{}\" startNumber=\"1\" "
        "initialization=\"$RepresentationID$/init.mp4\" "
        "media=\"$RepresentationID$/seg-$Number$.m4s\">\n"
        "        <SegmentTimeline>\n",
        ++id, sound_rate, language_attribute(track.language),
        protection_elements(package.protection),
        main ? "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"main\"/>\n" : "",
        sound_channels, label_element(track.name), track.timescale);
    for (std::size_t i = 0; i < track.segments.size();) {
      const PackagedSegment& first = track.segments[i];
      std::size_t next = i + 1;
      while (next < track.segments.size() && track.segments[next].duration == first.duration)
        ++next;
      const std::string start_attribute = i == 0 ? fmt::format(" t=\"{}\"", first.start) : "";
      const std::string repeat = next - i > 1 ? fmt::format(" r=\"{}\"", next - i - 1) : "";
      fmt::format_to(out, "          <S{} d=\"{}\"{}/>\n", start_attribute, first.duration, repeat);
      i = next;
    }
    fmt::format_to(out,
                   "        </SegmentTimeline>\n      </SegmentTemplate>\n"
                   "      <Representation id=\"{}\" codecs=\"{}\" bandwidth=\"{}\"/>\n"
                   "    </AdaptationSet>\n",
                   track.id, track.codecs, declared_bandwidth(track).bits_per_second());
  }
  for (const PackagedText& subtitles : package.text)
    fmt::format_to(out,
                   "    <AdaptationSet id=\"{}\" contentType=\"text\" mimeType=\"text/vtt\"{}>\n{}"
                   "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"subtitle\"/>\n"
                   "      <Representation id=\"{}\" bandwidth=\"{}\">\n"
                   "        <BaseURL>{}/{}</BaseURL>\n"
                   "      </Representation>\n"
                   "    </AdaptationSet>\n",
                   ++id, language_attribute(subtitles.language), label_element(subtitles.name),
                   subtitles.id,
                   std::max<std::int64_t>(1, text_bandwidth(subtitles, duration(package))),
                   subtitles.id, subtitles_name);
  if (package.thumbnails) {
    const PackagedThumbnails& images = *package.thumbnails;
    fmt::format_to(
        out,
        "    <AdaptationSet id=\"{}\" contentType=\"image\" mimeType=\"image/jpeg\">\n"
        "      <SegmentTemplate timescale=\"{}\" duration=\"{}\" startNumber=\"1\" "
        "media=\"$RepresentationID$/tile-$Number$.jpg\"/>\n"
        "      <Representation id=\"{}\" bandwidth=\"{}\" width=\"{}\" height=\"{}\">\n"
        "        <EssentialProperty schemeIdUri=\"http://dashif.org/guidelines/thumbnail_tile\" "
        "value=\"{}x{}\"/>\n"
        "      </Representation>\n"
        "    </AdaptationSet>\n",
        ++id, package.frame_rate.num, pictures_of(images) * package.frame_rate.den, images.id,
        image_bandwidth(package), images.grid.columns * images.size.width,
        images.grid.rows * images.size.height, images.grid.columns, images.grid.rows);
  }
  text += "  </Period>\n</MPD>\n";
  return text;
}

std::string master_playlist(const Package& package) {
  std::string text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
  const auto out = std::back_inserter(text);
  std::int64_t sound_peak = 0;
  std::int64_t sound_average = 0;
  std::string sound_codecs;
  std::string sound_group;
  for (const PackagedTrack& track : package.audio) {
    const bool first = &track == &package.audio.front();
    sound_peak = std::max(sound_peak, declared_bandwidth(track).bits_per_second());
    sound_average = std::max(sound_average, average_bandwidth(track).bits_per_second());
    sound_codecs = "," + track.codecs;
    sound_group = ",AUDIO=\"sound\"";
    fmt::format_to(out,
                   "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"{}\",{}DEFAULT={},"
                   "AUTOSELECT=YES,CHANNELS=\"{}\",URI=\"{}/{}\"\n",
                   track_name(track.name, track.language, "Main"), language_entry(track.language),
                   first ? "YES" : "NO", sound_channels, track.id, media_playlist_name);
  }
  std::string text_group;
  for (const PackagedText& subtitles : package.text) {
    text_group = ",SUBTITLES=\"text\"";
    fmt::format_to(out,
                   "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"text\",NAME=\"{}\",{}DEFAULT=NO,"
                   "AUTOSELECT=YES,FORCED=NO,URI=\"{}/{}\"\n",
                   track_name(subtitles.name, subtitles.language, "Subtitles"),
                   language_entry(subtitles.language), subtitles.id, media_playlist_name);
  }
  for (const PackagedTrack& track : package.video)
    fmt::format_to(out,
                   "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{}{}\","
                   "RESOLUTION={}x{},FRAME-RATE={:.3f}{}{}\n{}/{}\n",
                   declared_bandwidth(track).bits_per_second() + sound_peak,
                   average_bandwidth(track).bits_per_second() + sound_average, track.codecs,
                   sound_codecs, track.width, track.height, av_q2d(package.frame_rate), sound_group,
                   text_group, track.id, media_playlist_name);
  if (package.thumbnails)
    fmt::format_to(out,
                   "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH={},RESOLUTION={}x{},CODECS=\"jpeg\","
                   "URI=\"{}/{}\"\n",
                   image_bandwidth(package), package.thumbnails->size.width,
                   package.thumbnails->size.height, package.thumbnails->id, media_playlist_name);
  return text;
}

std::string media_playlist(const PackagedTrack& track,
                           const std::optional<ContentProtection>& protection) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:1\n"
                 "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
                 "#EXT-X-MAP:URI=\"init.mp4\"\n{}",
                 target_duration(track) / std::chrono::seconds(1), key_line(protection));
  for (std::size_t i = 0; i < track.segments.size(); ++i) {
    const PackagedSegment& segment = track.segments[i];
    // Differences of rounded ends, so that the sum stays exact however long the title is.
    fmt::format_to(out, "#EXTINF:{},\nseg-{}.m4s\n",
                   decimal(end(track, segment) - start(track, segment)), i + 1);
  }
  text += "#EXT-X-ENDLIST\n";
  return text;
}

/// As long as the segments of `video`, with which they were cut.
std::string text_playlist(const PackagedText& subtitles, const PackagedTrack& video) {
  std::string text = fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:1\n"
      "#EXT-X-PLAYLIST-TYPE:VOD\n",
      target_duration(video) / std::chrono::seconds(1));
  for (std::size_t i = 0; i < subtitles.segments.size(); ++i) {
    const PackagedSegment& segment = video.segments[i];
    fmt::format_to(std::back_inserter(text), "#EXTINF:{},\n{}\n",
                   decimal(end(video, segment) - start(video, segment)), text_segment_name(i));
  }
  return text + "#EXT-X-ENDLIST\n";
}

/// As Roku specifies it for images that are divided.
std::string image_playlist(const Package& package) {
  const PackagedThumbnails& images = *package.thumbnails;
  const Duration each = image_duration(package);
  const Duration one = each / (images.grid.columns * images.grid.rows);
  std::string text = fmt::format(
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:1\n"
      "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-IMAGES-ONLY\n",
      std::chrono::ceil<std::chrono::seconds>(each).count());
  for (std::int64_t i = 0; i < images.images; ++i)
    fmt::format_to(std::back_inserter(text),
                   "#EXTINF:{},\n#EXT-X-TILES:RESOLUTION={}x{},LAYOUT={}x{},DURATION={}\n{}\n",
                   decimal(std::min(each, duration(package) - i * each)), images.size.width,
                   images.size.height, images.grid.columns, images.grid.rows, decimal(one),
                   thumbnail_image_name(i));
  return text + "#EXT-X-ENDLIST\n";
}

Json track_json(const PackagedTrack& track) {
  Json json{{"id", track.id}, {"codecs", track.codecs}};
  if (!track.language.empty()) json["language"] = track.language;
  if (track.width > 0) {
    json["width"] = track.width;
    json["height"] = track.height;
  }
  json["target_bps"] = track.target.bits_per_second();
  json["bandwidth_bps"] = declared_bandwidth(track).bits_per_second();
  json["average_bandwidth_bps"] = average_bandwidth(track).bits_per_second();
  json["segments"] = track.segments.size();
  json["init_bytes"] = track.init_size.bytes();
  json["media_bytes"] = media_size(track).bytes();
  return json;
}

media::Ladder::TrackLadder ladder_of(const std::vector<PackagedTrack>& tracks,
                                     Duration segment_duration) {
  const PackagedTrack& first = tracks.front();
  const PackagedSegment& last = first.segments.back();
  media::Ladder::TrackLadder ladder{
      .segment_duration = segment_duration,
      .last_segment_duration = end(first, last) - start(first, last),
      .segment_count = static_cast<std::int64_t>(first.segments.size()),
      .rungs = {}};
  for (const PackagedTrack& track : tracks) {
    media::Ladder::Rung rung{
        .bandwidth = declared_bandwidth(track), .height = track.height, .sizes = {}};
    for (const PackagedSegment& segment : track.segments) rung.sizes.push_back(segment.size);
    ladder.rungs.push_back(std::move(rung));
  }
  return ladder;
}

/// The key as its bytes.
std::string key_text(const ContentProtection& protection) {
  std::string text;
  for (const std::byte byte : protection.key) text += static_cast<char>(byte);
  return text;
}

std::string ladder_json(const Package& package) {
  media::Ladder ladder{.title = package.title,
                       .video = ladder_of(package.video, segment_duration(package)),
                       .audio = std::nullopt};
  // Of the languages one is played at a time.
  if (!package.audio.empty())
    ladder.audio = ladder_of({package.audio.front()}, segment_duration(package));
  return media::to_json(ladder);
}

}  // namespace

bool has_mpd(const Package& package) {
  return !package.protection || package.protection->scheme != ContentProtection::Scheme::aes_128;
}

std::vector<TextFile> manifest_files(const Package& package) {
  std::vector<TextFile> files;
  if (has_mpd(package)) files.push_back(TextFile{std::string(mpd_name), mpd(package)});
  if (!has_mpd(package) && package.protection->key_url.empty())
    files.push_back(TextFile{std::string(key_name), key_text(*package.protection)});
  files.push_back(TextFile{std::string(master_name), master_playlist(package)});
  for (const auto* tracks : {&package.video, &package.audio})
    for (const PackagedTrack& track : *tracks)
      files.push_back(TextFile{fmt::format("{}/{}", track.id, media_playlist_name),
                               media_playlist(track, package.protection)});
  for (const PackagedText& subtitles : package.text) {
    const std::string folder = subtitles.id + "/";
    files.push_back(TextFile{folder + std::string(subtitles_name), subtitles.text});
    files.push_back(TextFile{folder + std::string(media_playlist_name),
                             text_playlist(subtitles, package.video.front())});
    for (std::size_t i = 0; i < subtitles.segments.size(); ++i)
      files.push_back(TextFile{folder + text_segment_name(i), subtitles.segments[i]});
  }
  if (package.thumbnails)
    files.push_back(TextFile{fmt::format("{}/{}", package.thumbnails->id, media_playlist_name),
                             image_playlist(package)});
  files.push_back(TextFile{"ladder.json", ladder_json(package)});
  files.push_back(TextFile{std::string(package_mark), package_json(package)});
  return files;
}

BitRate declared_bandwidth(const PackagedTrack& track) {
  const Duration target = target_duration(track);
  std::int64_t peak = 0;
  for (std::size_t first = 0; first < track.segments.size(); ++first) {
    ByteCount size;
    for (std::size_t last = first; last < track.segments.size(); ++last) {
      size += track.segments[last].size;
      const Duration span = end(track, track.segments[last]) - start(track, track.segments[first]);
      if (2 * span > 3 * target) break;
      if (2 * span >= target) peak = std::max(peak, rate_of(size, span));
    }
  }
  // A title of less than half a target duration has no such run.
  if (peak == 0) peak = average_bandwidth(track).bits_per_second();
  return BitRate::bits_per_second((peak + 999) / 1000 * 1000);
}

BitRate average_bandwidth(const PackagedTrack& track) {
  const Duration span = end(track, track.segments.back()) - start(track, track.segments.front());
  return BitRate::bits_per_second(rate_of(media_size(track), span));
}

ByteCount media_size(const PackagedTrack& track) {
  ByteCount size;
  for (const PackagedSegment& segment : track.segments) size += segment.size;
  return size;
}

Duration duration(const Package& package) {
  return from_ticks(package.pictures * package.frame_rate.den, package.frame_rate.num);
}

Duration segment_duration(const Package& package) {
  return from_ticks(package.pictures_per_segment * package.frame_rate.den, package.frame_rate.num);
}

std::string package_json(const Package& package) {
  Json json{{"rung_package", 1},
            {"title", package.title},
            {"duration_s", to_seconds(duration(package))},
            {"segment_duration_s", to_seconds(segment_duration(package))},
            {"frame_rate", frame_rate_text(package.frame_rate)},
            {"pictures", package.pictures}};
  for (const auto& [name, tracks] :
       {std::pair("video", &package.video), std::pair("audio", &package.audio)}) {
    Json& list = json[name] = Json::array();
    for (const PackagedTrack& track : *tracks) list.push_back(track_json(track));
  }
  Json& text = json["text"] = Json::array();
  for (const PackagedText& subtitles : package.text)
    text.push_back(Json{{"id", subtitles.id}, {"language", subtitles.language}});
  if (package.thumbnails)
    json["thumbnails"] =
        Json{{"id", package.thumbnails->id}, {"images", package.thumbnails->images}};
  if (package.protection)
    json["protection"] = Json{{"scheme", name_of(package.protection->scheme)},
                              {"key_id", package.protection->key_id}};
  Json& dropped = json["dropped"] = Json::array();
  for (const Rung& rung : package.dropped)
    dropped.push_back(Json{{"target_bps", rung.bandwidth.bits_per_second()},
                           {"width", rung.width},
                           {"height", rung.height}});
  json["sound_cut"] = package.sound_cut;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rung::package
