#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "media/package/encoder.h"
#include "media/package/output_directory.h"
#include "media/package/rung.h"
#include "media/package/thumbnail_maker.h"
#include "media/package/title_source.h"
#include "media/package/track_encryptor.h"

namespace rung::package {

/// Sound of another source than the title's own, which lasts as long as its pictures.
struct FurtherSound {
  std::shared_ptr<TitleSource> source;
  std::string language;   ///< BCP 47.
  std::string name = {};  ///< For people; empty: the language.
};

/// Subtitles that are put beside the pictures.
struct Subtitles {
  std::string text;       ///< A WebVTT file.
  std::string language;   ///< BCP 47; may be empty.
  std::string name = {};  ///< For people; empty: the language.
};

/// Whether it has the form of a language tag (BCP 47): "de", "pt-BR".
[[nodiscard]] bool is_language_tag(std::string_view text);

/// Whether players can show it as the name of a track: at most 100 bytes of UTF-8 in a line,
/// without quotation marks, which HLS has no way to write.
[[nodiscard]] bool is_track_name(std::string_view text);

struct PackageOptions {
  /// Rounded to the nearest whole number of pictures; from 0.1 s to 60 s.
  Duration segment_duration = std::chrono::seconds(4);
  /// Segments are cut into chunks (moof and mdat) of so long; none: one chunk a segment. From 0.04
  /// s to the duration of a segment.
  std::optional<Duration> chunk_duration = {};
  std::vector<Rung> ladder = default_ladder();  ///< Ascending.
  BitRate sound_bandwidth = BitRate::bits_per_second(128'000);
  /// BCP 47, of the title's own sound; may be empty.
  std::string language = {};
  /// Sound beside it, in languages of its own.
  std::vector<FurtherSound> further_sound = {};
  std::vector<Subtitles> subtitles = {};  ///< One a language.
  /// A small picture stands for so long; none where there are to be no thumbnails.
  std::optional<Duration> thumbnail_interval = {};
  /// Pictures and sound are encrypted.
  std::optional<ContentProtection> protection = {};
  EncoderSpeed speed = EncoderSpeed::veryfast;
  Overwrite overwrite = Overwrite::earlier_package;
  /// Encoders at work at the same time; the output does not depend on it.
  std::size_t threads = 2;
};

/// Subtitles as they were written: the file for DASH, and in segments for HLS that end with those
/// of the video.
struct PackagedText {
  std::string id;  ///< Its folder in the package too.
  std::string language;
  std::string name;  ///< Empty: the language.
  std::string text;
  std::vector<std::string> segments;
};

/// Everything that was written, enough to write the manifests.
struct Package {
  std::string title;
  AVRational frame_rate{};
  std::int64_t pictures = 0;
  std::int64_t pictures_per_segment = 0;
  std::vector<PackagedTrack> video;  ///< Ascending bandwidth; not empty.
  std::vector<PackagedTrack> audio;  ///< One a language, the title's own first; or none.
  std::vector<PackagedText> text;
  std::optional<PackagedThumbnails> thumbnails;
  std::optional<ContentProtection> protection;
  std::vector<Rung> dropped;  ///< Rungs that would have enlarged the source.
  bool sound_cut = false;     ///< More than 0.1 s of sound lay behind the last picture.
};

/// Told after every picture; the answer says whether to go on.
enum class Proceed { go_on, stop };
struct PackageProgress {
  std::int64_t pictures = 0;
  std::int64_t expected_pictures = 0;  ///< 0 where it is not known.
};
using ProgressObserver = std::function<Proceed(const PackageProgress&)>;

/// Encodes `source` into `directory`: one folder a representation with an init segment and media
/// segments, one a language for subtitles, one for thumbnails, and manifest.mpd, master.m3u8 with
/// its media playlists, ladder.json and package.json; where whole segments are encrypted no
/// manifest.mpd. The directory appears whole at the end, or
/// not at all on failure or when the observer stops.
[[nodiscard]] Expected<Package> write_package(TitleSource& source, const PackageOptions& options,
                                              const std::filesystem::path& directory,
                                              const ProgressObserver& observer);

}  // namespace rung::package
