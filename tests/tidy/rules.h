#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

/// The rules of the house that a program can check, as tables. checks.cc reads them.
namespace rung::tidy {

/// A folder with its own place in the order of dependencies. The longest folder that matches a path
/// decides, so media/decode is a room beside media.
struct Room {
  std::string_view folder;
  /// Opens no file, socket, thread, clock or environment variable and prints nothing.
  bool pure;
  /// The folders whose headers it may include besides its own, separated by blanks.
  std::string_view may_include;
};

inline constexpr auto rooms = std::to_array<Room>({
    {"core", true, ""},
    {"media", true, "core"},
    {"media/decode", false, "core media"},
    {"media/package", false, "core media"},
    {"media/measure", false, "core media media/decode media/package"},
    {"abr", true, "core media"},
    {"plugin", false, "core media abr"},
    {"recommend", true, "core media abr"},
    {"recommend/event_log", false, "core"},
    {"session", true, "core media abr"},
    {"prefetch", true, "core media abr session"},
    {"network_sim", true, "core media abr session prefetch"},
    {"evaluation", true, "core"},
    {"network_sim/emulator", false, "core media abr session network_sim"},
    {"player", false, "core media media/decode abr recommend session prefetch"},
    {"cli", false,
     "core media media/decode media/package media/measure abr plugin recommend recommend/event_log "
     "session prefetch "
     "network_sim "
     "evaluation network_sim/emulator "
     "player"},
    {"python", false, "core media abr plugin session prefetch network_sim cli"},
    {"bench", false,
     "core media media/decode media/package media/measure abr plugin recommend recommend/event_log "
     "session prefetch "
     "network_sim "
     "evaluation network_sim/emulator "
     "player tests"},
    {"tests", false,
     "core media media/decode media/package media/measure abr plugin recommend recommend/event_log "
     "session prefetch "
     "network_sim "
     "evaluation network_sim/emulator "
     "player bench"},
    {"tests/cli", false,
     "core media media/decode media/package media/measure abr plugin recommend recommend/event_log "
     "session prefetch "
     "network_sim "
     "evaluation network_sim/emulator "
     "player cli tests"},
});

/// Headers that pure rooms do not include. `beginning` is compared with what stands behind the
/// opening bracket or quote: "thread>" is one header, "libav" is many.
struct ForbiddenInclude {
  std::string_view beginning;
  std::string_view why;
};

inline constexpr auto forbidden_in_pure_rooms = std::to_array<ForbiddenInclude>({
    {"libav", "pure rooms know nothing of FFmpeg"},
    {"libsw", "pure rooms know nothing of FFmpeg"},
    {"curl/", "pure rooms open no connection"},
    {"boost/", "pure rooms have no event loop"},
    {"SDL", "pure rooms have no window"},
    {"openssl/", "pure rooms open no connection"},
    {"thread>", "pure rooms have no threads"},
    {"mutex>", "pure rooms have no threads"},
    {"shared_mutex>", "pure rooms have no threads"},
    {"condition_variable>", "pure rooms have no threads"},
    {"atomic>", "pure rooms have no threads"},
    {"future>", "pure rooms have no threads"},
    {"fstream>", "pure rooms open no file"},
    {"filesystem>", "pure rooms open no file"},
    {"cstdio>", "pure rooms neither open nor print"},
    {"iostream>", "pure rooms print nothing"},
    {"random>", "the distributions of the standard library differ; core/random.h has ours"},
    {"ctime>", "pure rooms read no clock"},
    {"unistd.h>", "pure rooms call no operating system"},
    {"sys/", "pure rooms call no operating system"},
});

/// Libraries that a pure room uses inside its .cc files and never in a header that is installed.
inline constexpr auto libraries_inside_sources = std::to_array<std::string_view>({
    "Eigen/",
    "fmt/",
    "nlohmann/",
    "toml++/",
});

/// Words of code, outside comments and strings, that pure rooms do not contain.
struct ForbiddenCode {
  std::string_view text;
  std::string_view why;
};

inline constexpr auto forbidden_code_in_pure_rooms = std::to_array<ForbiddenCode>({
    {"::now(", "time arrives in events"},
    {"std::cout", "pure rooms print nothing"},
    {"std::cerr", "pure rooms print nothing"},
    {"getenv", "settings arrive as arguments"},
    {"thread_local", "pure rooms keep no hidden state"},
});

/// Words that say nothing, so no file has one as a word of its name.
inline constexpr auto banned_file_words = std::to_array<std::string_view>({
    "manager",
    "helper",
    "helpers",
    "util",
    "utils",
    "common",
    "misc",
    "data",
    "info",
    "handle",
    "process",
    "impl",
    "detail",
});

/// Marks of unfinished work. Each is written in two halves so that this table does not find itself.
inline constexpr auto unfinished_marks = std::to_array<std::string_view>({
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X",
});

/// Paths of one machine. Documents and sources hold on every machine.
inline constexpr auto machine_paths = std::to_array<std::string_view>({
    "/wo"
    "rk/",
    "/ho"
    "me/",
});

inline constexpr std::size_t longest_file = 600;
inline constexpr std::size_t longest_line = 100;

/// A finding that is accepted in a file, or in a folder whose path ends with a slash. An exception
/// that no longer applies is itself a finding.
struct Exception {
  std::string_view rule;
  std::string_view path;
  std::string_view reason;
};

std::span<const Exception> exceptions();

}  // namespace rung::tidy
