#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/demo_catalogue.h"
#include "cli/encoding_progress.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "cli/stop_on_signal.h"
#include "core/limits.h"
#include "media/decode/content_keys.h"
#include "media/package/demo_source.h"
#include "media/package/file_source.h"
#include "media/package/manifests.h"
#include "media/package/packager.h"
#include "media/url.h"
#include "media/webvtt.h"

namespace rung::cli {

namespace {

struct Flags {
  std::string input;
  bool demo = false;
  bool demo_catalogue = false;
  std::optional<int> seconds;  ///< A minute, of titles of a catalogue less.
  std::uint64_t seed = 1;
  int frame_rate = 24;
  std::string directory;
  std::optional<double> segment_seconds;  ///< 4, of a catalogue 2.
  std::optional<double> chunk_seconds;
  std::string ladder;
  int audio_kbps = 128;
  std::string languages;               ///< Of the sound, separated by commas.
  std::vector<std::string> audio;      ///< FILE:LANGUAGE each.
  std::vector<std::string> subtitles;  ///< FILE or FILE:LANGUAGE each.
  std::optional<double> thumbnails;    ///< Seconds that one stands for.
  std::string encrypt;                 ///< The scheme; empty: nothing is.
  std::string key;                     ///< ID:KEY.
  std::string key_url;                 ///< Where it is to be had.
  std::string speed;                   ///< Empty: as the source suggests.
  bool force = false;
  bool json = false;
  bool quiet = false;
};

/// What is given of a track beside the pictures: FILE, FILE:LANGUAGE or FILE:LANGUAGE:NAME.
struct NamedFile {
  std::string file;
  std::string language = {};  ///< Empty where none is given.
  std::string name = {};
};

/// Where there is a file of that name: a name of a track may have colons, too.
std::optional<NamedFile> existing_file(const std::string& given) {
  std::error_code unknown;
  for (std::size_t end = given.find(':', 1); end != std::string::npos;
       end = given.find(':', end + 1)) {
    NamedFile found{.file = given.substr(0, end)};
    const std::size_t behind = given.find(':', end + 1);
    found.language = given.substr(end + 1, behind == std::string::npos ? behind : behind - end - 1);
    if (behind != std::string::npos) found.name = given.substr(behind + 1);
    if (package::is_language_tag(found.language) && std::filesystem::exists(found.file, unknown))
      return found;
  }
  return std::nullopt;
}

NamedFile named_file(const std::string& given) {
  if (auto found = existing_file(given)) return *std::move(found);
  // A file may have a colon in its name.
  const std::size_t last = given.rfind(':');
  if (last == std::string::npos || last == 0) return {.file = given};
  const std::string behind = given.substr(last + 1);
  const std::size_t before = given.rfind(':', last - 1);
  if (before != std::string::npos && before > 0) {
    const std::string between = given.substr(before + 1, last - before - 1);
    if (package::is_language_tag(between))
      return {.file = given.substr(0, before), .language = between, .name = behind};
  }
  if (!package::is_language_tag(behind)) return {.file = given};
  return {.file = given.substr(0, last), .language = behind};
}

const std::map<std::string, package::EncoderSpeed>& speeds() {
  static const std::map<std::string, package::EncoderSpeed> names{
      {"superfast", package::EncoderSpeed::superfast},
      {"veryfast", package::EncoderSpeed::veryfast},
      {"faster", package::EncoderSpeed::faster},
      {"medium", package::EncoderSpeed::medium},
      {"slow", package::EncoderSpeed::slow}};
  return names;
}

const std::map<std::string, package::ContentProtection::Scheme>& schemes() {
  using Scheme = package::ContentProtection::Scheme;
  static const std::map<std::string, Scheme> names{
      {"cenc", Scheme::cenc}, {"cbcs", Scheme::cbcs}, {"aes-128", Scheme::aes_128}};
  return names;
}

std::string size_text(ByteCount size) {
  return fmt::format("{:.1f} MB", static_cast<double>(size.bytes()) / 1e6);
}

void print_row(const package::PackagedTrack& track) {
  const std::string picture =
      track.width > 0 ? fmt::format("{}x{}", track.width, track.height) : "sound";
  fmt::print("{:<13} {:>9}  {:<13} {:>8} {:>8} {:>8} {:>8}  {:>8}\n", track.id, picture,
             track.codecs, track.target.bits_per_second() / 1000,
             package::average_bandwidth(track).bits_per_second() / 1000,
             package::declared_bandwidth(track).bits_per_second() / 1000, track.segments.size(),
             size_text(package::media_size(track)));
}

void print_summary(const package::Package& package, const std::string& directory) {
  fmt::print("{}: {:.2f} s, {} pictures at {:.3f}/s, segments of {:.3f} s\n\n", package.title,
             to_seconds(package::duration(package)), package.pictures, av_q2d(package.frame_rate),
             to_seconds(package::segment_duration(package)));
  fmt::print("{:<13} {:>9}  {:<13} {:>8} {:>8} {:>8} {:>8}  {:>8}\n", "", "", "", "target",
             "average", "declared", "", "");
  fmt::print("{:<13} {:>9}  {:<13} {:>8} {:>8} {:>8} {:>8}  {:>8}\n", "representation", "picture",
             "codecs", "kbit/s", "kbit/s", "kbit/s", "segments", "size");
  for (const package::PackagedTrack& track : package.video) print_row(track);
  for (const package::PackagedTrack& track : package.audio) print_row(track);
  for (const package::PackagedText& text : package.text)
    fmt::print("{:<13} {:>9}\n", text.id, "subtitles");
  if (package.thumbnails)
    fmt::print(
        "{:<13} {:>9}\n", package.thumbnails->id,
        fmt::format("{}x{}", package.thumbnails->size.width, package.thumbnails->size.height));
  for (const package::Rung& rung : package.dropped)
    fmt::print("left out: {} at {}x{}, larger than the source\n", package::kilobits(rung.bandwidth),
               rung.width, rung.height);
  if (package.protection && (!package.text.empty() || package.thumbnails))
    fmt::print("not encrypted: subtitles and thumbnails\n");
  if (package.sound_cut)
    fmt::print("cut: the sound behind the last picture, at {:.2f} s\n",
               to_seconds(package::duration(package)));
  std::fputs("\n", stdout);
  if (package::has_mpd(package)) fmt::print("{}/manifest.mpd (DASH)\n", directory);
  fmt::print("{}/master.m3u8 (HLS)\n", directory);
}

Expected<std::unique_ptr<package::TitleSource>> open_source(
    const Flags& flags, const std::vector<package::Rung>& ladder) {
  if (flags.demo) {
    const auto& top = *std::ranges::max_element(ladder, {}, &package::Rung::height);
    return package::DemoSource::create({.seconds = flags.seconds.value_or(60),
                                        .seed = flags.seed,
                                        .frame_rate = {flags.frame_rate, 1},
                                        .size = {top.width, top.height}});
  }
  return package::FileSource::create(flags.input);
}

/// What `text` holds between commas.
std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// The languages of the title's sound, and what is heard in those beside the first.
Expected<void> add_sound(const Flags& flags, package::PackageOptions& options) {
  const std::vector<std::string> languages = split_at_commas(flags.languages);
  if (!languages.empty()) options.language = languages.front();
  if (languages.size() > 1 && !flags.demo)
    return failure(ErrorCode::invalid_argument,
                   "several languages are the demo title's; of a file further sound is given with "
                   "--audio FILE:LANGUAGE",
                   "--language");
  for (std::size_t i = 1; i < languages.size(); ++i) {
    constexpr int fourth = 5;  // In semitones; an octave holds two of them.
    auto source = package::DemoSource::create({.seconds = flags.seconds.value_or(60),
                                               .seed = flags.seed,
                                               .frame_rate = {flags.frame_rate, 1},
                                               .size = {64, 36},
                                               .semitones = fourth * static_cast<int>(i)});
    if (!source) return tl::unexpected(source.error());
    options.further_sound.push_back({*std::move(source), languages[i]});
  }
  for (const std::string& audio : flags.audio) {
    const NamedFile given = named_file(audio);
    if (given.language.empty())
      return failure(ErrorCode::invalid_argument,
                     "must be FILE:LANGUAGE or FILE:LANGUAGE:NAME, such as dub.wav:de", audio);
    auto source = package::FileSource::create_sound(given.file);
    if (!source) return tl::unexpected(source.error());
    options.further_sound.push_back({*std::move(source), given.language, given.name});
  }
  for (const std::string& language : languages)
    if (!package::is_language_tag(language))
      return failure(ErrorCode::invalid_argument, "is not a language, such as en or pt-BR",
                     language.empty() ? "--language" : language);
  return {};
}

Expected<void> add_subtitles(const Flags& flags, package::PackageOptions& options) {
  for (const std::string& given : flags.subtitles) {
    NamedFile subtitles = named_file(given);
    const std::string& file = subtitles.file;
    auto text = read_file(file, limits::text_document_size);
    if (!text) return tl::unexpected(text.error());
    if (const auto read = media::parse_webvtt(*text); !read)
      return failure(read.error().code, read.error().message, file);
    options.subtitles.push_back(
        {*std::move(text), std::move(subtitles.language), std::move(subtitles.name)});
  }
  return {};
}

Expected<void> add_protection(const Flags& flags, package::PackageOptions& options) {
  if (flags.encrypt.empty()) return {};
  const auto key = decode::parse_content_key(flags.key);
  if (!key)
    return failure(ErrorCode::invalid_argument,
                   "--encrypt needs ID:KEY, each of 32 hexadecimal digits", "--key");
  const std::string& url = flags.key_url;
  const media::Url parsed = media::parse_url(url);
  if (!url.empty() && (!parsed.is_http() || parsed.host().empty() ||
                       url.find_first_of("\"\r\n ") != std::string::npos))
    return failure(ErrorCode::invalid_argument, "must be a URL of http or https with a host",
                   "--key-url");
  options.protection = package::ContentProtection{.scheme = schemes().at(flags.encrypt),
                                                  .key_id = key->first,
                                                  .key = key->second,
                                                  .key_url = url};
  return {};
}

Expected<package::Package> run_package(const Flags& flags) {
  package::PackageOptions options;
  if (const auto added = add_protection(flags, options); !added)
    return tl::unexpected(added.error());
  if (const auto added = add_subtitles(flags, options); !added)
    return tl::unexpected(added.error());
  if (const auto added = add_sound(flags, options); !added) return tl::unexpected(added.error());
  options.segment_duration = from_seconds(flags.segment_seconds.value_or(4));
  if (flags.chunk_seconds) options.chunk_duration = from_seconds(*flags.chunk_seconds);
  options.sound_bandwidth = BitRate::bits_per_second(flags.audio_kbps * 1000);
  if (!flags.speed.empty()) {
    options.speed = speeds().at(flags.speed);
  } else if (flags.demo) {
    options.speed = package::EncoderSpeed::superfast;  // A minute of it in about a minute.
  }
  if (flags.thumbnails) options.thumbnail_interval = from_seconds(*flags.thumbnails);
  options.overwrite =
      flags.force ? package::Overwrite::anything : package::Overwrite::earlier_package;
  if (!flags.ladder.empty()) {
    auto ladder = package::parse_ladder(flags.ladder);
    if (!ladder) return tl::unexpected(ladder.error());
    options.ladder = std::move(*ladder);
  }
  const auto source = open_source(flags, options.ladder);
  if (!source) return tl::unexpected(source.error());
  const StopOnSignal stop;
  EncodingProgress bar(flags.quiet ? EncodingProgress::Visibility::hidden
                                   : EncodingProgress::Visibility::when_watched);
  return package::write_package(
      **source, options, flags.directory, [&](const package::PackageProgress& progress) {
        bar.show(progress);
        return stop.stopped() ? package::Proceed::stop : package::Proceed::go_on;
      });
}

Expected<void> run_demo_catalogue(const Flags& flags) {
  DemoCatalogueOptions options;
  options.seconds = flags.seconds.value_or(options.seconds);
  options.seed = flags.seed;
  options.frame_rate = {flags.frame_rate, 1};
  options.package.ladder = demo_catalogue_ladder();
  options.package.segment_duration = from_seconds(flags.segment_seconds.value_or(2));
  if (flags.chunk_seconds) options.package.chunk_duration = from_seconds(*flags.chunk_seconds);
  options.package.sound_bandwidth = BitRate::bits_per_second(flags.audio_kbps * 1000);
  options.package.speed =
      flags.speed.empty() ? package::EncoderSpeed::superfast : speeds().at(flags.speed);
  options.package.overwrite =
      flags.force ? package::Overwrite::anything : package::Overwrite::earlier_package;
  if (!flags.ladder.empty()) {
    auto ladder = package::parse_ladder(flags.ladder);
    if (!ladder) return tl::unexpected(ladder.error());
    options.package.ladder = *std::move(ladder);
  }
  const StopOnSignal stop;
  EncodingProgress bar(flags.quiet ? EncodingProgress::Visibility::hidden
                                   : EncodingProgress::Visibility::when_watched);
  return write_demo_catalogue(
      options, flags.directory, [&](const package::PackageProgress& progress) {
        bar.show(progress);
        return stop.stopped() ? package::Proceed::stop : package::Proceed::go_on;
      });
}

int package_command(const Flags& flags) {
  if (flags.demo_catalogue) {
    if (flags.demo || flags.json || !flags.input.empty() || !flags.audio.empty() ||
        !flags.languages.empty() || !flags.subtitles.empty() || flags.thumbnails ||
        !flags.encrypt.empty())
      return report_error({ErrorCode::invalid_argument,
                           "takes neither a media file nor --demo, --json, --audio, --language, "
                           "--subtitles, --thumbnails and --encrypt",
                           "--demo-catalogue"});
    const auto made = run_demo_catalogue(flags);
    if (!made) return report_error(made.error());
    fmt::print("{}/{}\n", flags.directory, catalogue_file);
    return 0;
  }
  if (flags.demo != flags.input.empty())
    return report_error({ErrorCode::invalid_argument,
                         "give either a media file or --demo, see rung package --help", ""});
  const auto package = run_package(flags);
  if (!package) return report_error(package.error());
  if (flags.json) {
    std::fputs(package::package_json(*package).c_str(), stdout);
  } else {
    print_summary(*package, flags.directory);
  }
  return 0;
}

}  // namespace

void add_package_command(CLI::App& app, int& status) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("package", "Encode a video into a ladder of segments for DASH and HLS");
  command->add_option("INPUT", flags->input, "A media file that FFmpeg can read");
  command->add_flag("--demo", flags->demo, "Draw and package the demo title instead of a file");
  command->add_flag("--demo-catalogue", flags->demo_catalogue,
                    "Make several titles, a series and the feed that names them");
  command->add_option("-o,--output", flags->directory, "The directory to write")->required();
  command
      ->add_option("--segment-seconds", flags->segment_seconds,
                   "Length of a segment (default 4, of a catalogue 2)")
      ->check(number_from(0.1, 60.0));
  command
      ->add_option("--chunk", flags->chunk_seconds,
                   "Cut segments into chunks of so many seconds, for low latency (default: one)")
      ->check(number_from(0.04, 60.0));
  command->add_option("--ladder", flags->ladder,
                      "Rungs as RATE:WIDTHxHEIGHT,... (default: six from 235k:320x180 to "
                      "4300k:1920x1080); a picture keeps its aspect inside WIDTHxHEIGHT");
  command->add_option("--audio-kbps", flags->audio_kbps, "Rate of the sound")
      ->capture_default_str()
      ->check(CLI::Range(32, 320));
  command->add_option("--language", flags->languages,
                      "Language of the sound (BCP 47); of the demo title several, separated by "
                      "commas, each of them in another key");
  command
      ->add_option(
          "--audio", flags->audio,
          "FILE:LANGUAGE or FILE:LANGUAGE:NAME: further sound, in another language; several times")
      ->allow_extra_args(false);
  command
      ->add_option("--subtitles", flags->subtitles,
                   "FILE, FILE:LANGUAGE or FILE:LANGUAGE:NAME: WebVTT subtitles; several times")
      ->allow_extra_args(false);
  command
      ->add_option("--thumbnails", flags->thumbnails,
                   "Small pictures for the seek bar, one each so many seconds")
      ->check(number_from(0.1, 60.0));
  std::vector<std::string> scheme_names;
  for (const auto& [name, scheme] : schemes()) scheme_names.push_back(name);
  CLI::Option* const key = command->add_option(
      "--key", flags->key, "ID:KEY to encrypt with, each of 32 hexadecimal digits");
  CLI::Option* const encrypt =
      command
          ->add_option("--encrypt", flags->encrypt,
                       "Encrypt samples (cenc, cbcs) or whole segments (aes-128, HLS alone)")
          ->check(CLI::IsMember(scheme_names))
          ->needs(key);
  key->needs(encrypt);
  command
      ->add_option("--key-url", flags->key_url,
                   "Where the manifests say that the key is: a licence server for clear keys, with "
                   "aes-128 the key itself")
      ->needs(encrypt);
  std::vector<std::string> speed_names;
  for (const auto& [name, speed] : speeds()) speed_names.push_back(name);
  command
      ->add_option("--speed", flags->speed,
                   "Encoder preset; slower looks better (default veryfast, with --demo superfast)")
      ->check(CLI::IsMember(speed_names));
  command
      ->add_option("--seconds", flags->seconds,
                   "Length of the demo title (default 60), or of each of a catalogue "
                   "(default 24)")
      ->check(CLI::Range(1, 3600));
  command->add_option("--seed", flags->seed, "Another landscape for the demo title")
      ->check(any_seed())
      ->capture_default_str();
  command->add_option("--frame-rate", flags->frame_rate, "Pictures a second of the demo title")
      ->capture_default_str()
      ->check(CLI::Range(1, 60));
  command->add_flag("--force", flags->force,
                    "Replace the directory even when it is not an earlier package");
  command->add_flag("--json", flags->json, "Print the summary as JSON");
  command->add_flag("--quiet", flags->quiet, "No progress line");
  command->callback([flags, &status] { status = package_command(*flags); });
}

}  // namespace rung::cli
