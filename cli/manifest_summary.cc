#include "cli/manifest_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "cli/printable.h"
#include "media/audio_tracks.h"
#include "media/hls_presentation.h"

namespace rung::cli {
namespace {

using media::HlsMediaPlaylist;
using media::HlsMultivariantPlaylist;

std::string length(Duration duration) {
  const auto milliseconds = std::chrono::round<std::chrono::milliseconds>(duration).count();
  const std::int64_t hours = milliseconds / 3'600'000;
  const std::int64_t minutes = milliseconds / 60'000 % 60;
  return fmt::format("{}:{:02}:{:02}.{:03}", hours, minutes, milliseconds / 1000 % 60,
                     milliseconds % 1000);
}

std::string length(const std::optional<Duration>& duration) {
  return duration ? length(*duration) : "of unknown length";
}

std::string picture(int width, int height, double frame_rate) {
  if (width == 0 && height == 0) return "";
  std::string text = fmt::format("{}x{}", width, height);
  if (frame_rate > 0) text += fmt::format(" {:.4g} fps", frame_rate);
  return text;
}

const char* type_name(media::ContentType type) {
  switch (type) {
    case media::ContentType::video:
      return "video";
    case media::ContentType::audio:
      return "audio";
    case media::ContentType::text:
      return "text";
    case media::ContentType::image:
      return "images";
    case media::ContentType::unknown:
      break;
  }
  return "media";
}

void summarize(std::string& out, const media::DashAdaptationSet& set) {
  const auto put = std::back_inserter(out);
  fmt::format_to(put, "  {}", type_name(set.type));
  if (!set.language.empty()) fmt::format_to(put, " ({})", printable(set.language));
  if (!set.label.empty()) fmt::format_to(put, " \"{}\"", printable(set.label));
  if (!set.role.empty()) fmt::format_to(put, ", {}", printable(set.role));
  if (set.is_protected) out += ", encrypted";
  if (set.is_trick_mode) out += ", trick play";
  out += '\n';
  for (const media::DashRepresentation& source : set.representations) {
    const media::Representation& representation = source.representation;
    fmt::format_to(put, "    {:>8} kbit/s  {:<20} {:<18} {:>6} segments",
                   representation.bandwidth.bits_per_second() / 1000,
                   picture(representation.width, representation.height, representation.frame_rate),
                   printable(representation.codecs), representation.timeline.size());
    if (representation.pending_document) out += " (index not read)";
    if (representation.tiles)
      fmt::format_to(put, ", {}x{} thumbnails each", representation.tiles->columns,
                     representation.tiles->rows);
    fmt::format_to(put, "  {}\n", printable(representation.id));
  }
}

/// What a viewer may choose from with a key while the title plays.
std::string audio_choices(const media::Presentation& presentation) {
  const std::vector<media::AudioTrack> tracks = media::audio_tracks(presentation, {});
  if (tracks.size() < 2) return "";
  std::string out = "sound to choose from:";
  for (std::size_t i = 0; i < tracks.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{} {}{}", i > 0 ? ";" : "",
                   printable(media::label_of(tracks, i)), tracks[i].is_default ? ", default" : "");
  return out + '\n';
}

std::string summarize(const media::DashManifest& manifest) {
  std::string out;
  fmt::format_to(std::back_inserter(out), "DASH, {}, {}, {} period{}\n",
                 manifest.is_live() ? "live" : "on demand",
                 length(manifest.media_presentation_duration), manifest.periods.size(),
                 manifest.periods.size() == 1 ? "" : "s");
  for (const media::DashPeriod& period : manifest.periods) {
    fmt::format_to(std::back_inserter(out), "period {} at {}, {}\n", printable(period.id),
                   length(period.start), length(period.duration));
    for (const media::DashAdaptationSet& set : period.adaptation_sets) summarize(out, set);
  }
  return out + audio_choices(media::to_presentation(manifest));
}

std::string summarize(const HlsMediaPlaylist& playlist) {
  Duration total{};
  for (const media::HlsSegment& segment : playlist.segments) total += segment.duration;
  const auto discontinuities =
      std::ranges::count(playlist.segments, true, &media::HlsSegment::discontinuity);
  std::string out =
      fmt::format("HLS media playlist, {}, {}, {} segments", playlist.has_end ? "complete" : "live",
                  length(total), playlist.segments.size());
  if (discontinuities > 0)
    fmt::format_to(std::back_inserter(out), ", {} discontinuities", discontinuities);
  if (!playlist.keys.empty())
    fmt::format_to(std::back_inserter(out), ", encrypted ({})",
                   printable(playlist.keys.front().method));
  return out + '\n';
}

std::string summarize(const HlsMultivariantPlaylist& playlist) {
  std::string out = fmt::format("HLS multivariant playlist, {} variants, {} renditions\n",
                                playlist.variants.size(), playlist.renditions.size());
  const auto put = std::back_inserter(out);
  for (const media::HlsVariant& variant : playlist.variants)
    fmt::format_to(put, "  {:>8} kbit/s  {:<20} {:<28}  {}\n", variant.bandwidth / 1000,
                   picture(variant.width, variant.height, variant.frame_rate),
                   printable(variant.codecs), printable(variant.uri));
  for (const media::HlsRendition& rendition : playlist.renditions)
    fmt::format_to(put, "  {} {} \"{}\"{}{}\n", printable(rendition.type),
                   printable(rendition.language), printable(rendition.name),
                   rendition.is_default ? ", default" : "",
                   rendition.uri.empty() ? "" : "  " + printable(rendition.uri));
  for (const media::HlsVariant& images : playlist.image_variants)
    fmt::format_to(put, "  thumbnails  {}  {}\n", picture(images.width, images.height, 0),
                   printable(images.uri));
  return out + audio_choices(media::announced_presentation(playlist, ""));
}

}  // namespace

std::string summarize_manifest(const media::Manifest& manifest) {
  if (const auto* dash = std::get_if<media::DashManifest>(&manifest)) return summarize(*dash);
  const auto& playlist = std::get<media::HlsPlaylist>(manifest);
  return std::visit([](const auto& content) { return summarize(content); }, playlist.content);
}

}  // namespace rung::cli
