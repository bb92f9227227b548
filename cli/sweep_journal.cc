#include "cli/sweep_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "cli/outcome_text.h"
#include "cli/ranks.h"
#include "cli/trace_files.h"
#include "media/track.h"
#include "network_sim/fingerprint.h"
#include "network_sim/profiles/profile.h"
#include "plugin/child_program.h"
#include "session/session_log.h"

namespace rung::cli {
namespace {

using network_sim::Fingerprint;
using network_sim::Outcome;
using network_sim::Sweep;

constexpr std::string_view magic = "# rung sweep journal 4, ";

/// Far more than any session's outcome takes.
constexpr std::size_t most_of_a_line = 1 << 20;

void add_text(Fingerprint& into, std::string_view text) {
  into.add(text.size());
  for (const char letter : text) into.add(static_cast<unsigned char>(letter));
}

void add_number(Fingerprint& into, std::int64_t number) {
  into.add(static_cast<std::uint64_t>(number));
}

/// What a session log says of a session before it begins: its options and tracks, all of them.
void add_setup(Fingerprint& into, const Sweep& sweep, const media::Tracks& tracks) {
  const session::SessionSetup setup{.title = {},
                                    .policy = {},
                                    .estimator = sweep.estimator.value_or(""),
                                    .options = sweep.session,
                                    .tracks = tracks};
  const session::SessionLog log(setup, 0,
                                {.line = [&into](std::string_view line) { add_text(into, line); },
                                 .url = nullptr,
                                 .output = nullptr});
}

constexpr std::string_view pipe = "pipe:";

/// What a policy's name leads to outside Rung: an object, the files of a folder of parameters, or
/// those that the words of a command name.
std::vector<std::string> files_of(std::string_view policy) {
  std::error_code error;
  if (policy.starts_with(pipe)) {
    auto words = plugin::command_words(std::string(policy.substr(pipe.size())));
    if (!words) return {};
    std::erase_if(*words, [&](const std::string& word) {
      return !std::filesystem::is_regular_file(word, error);
    });
    return *std::move(words);
  }
  constexpr std::string_view folder = "pensieve:";
  const std::string path(policy.starts_with(folder) ? policy.substr(folder.size())
                                                    : policy.substr(0, policy.find(':')));
  if (!std::filesystem::exists(path, error) || path.find('/') == std::string::npos) return {};
  return trace_files({path}).value_or(std::vector<std::string>());
}

void add_file(Fingerprint& into, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 65'536> block{};
  do {
    file.read(block.data(), block.size());
    add_text(into, {block.data(), static_cast<std::size_t>(file.gcount())});
  } while (file);
}

std::uint64_t checksum(std::string_view text) {
  Fingerprint sum;
  add_text(sum, text);
  return sum.value();
}

std::string line_of(std::size_t session, const Outcome& outcome) {
  const std::string text = fmt::format("{} {}", session, format_outcome(outcome));
  return fmt::format("{} {:016x}\n", text, checksum(text));
}

/// The session's number and outcome; nullopt for a line that is torn or changed.
std::optional<std::pair<std::size_t, Outcome>> parse_line(std::string_view line) {
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::string_view text = line.substr(0, space);
  if (line.substr(space + 1) != fmt::format("{:016x}", checksum(text))) return std::nullopt;
  std::pair<std::size_t, Outcome> found;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found.first);
  if (error != std::errc() || end == text.data() + text.size()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  if (!parse_outcome(text, found.second)) return std::nullopt;
  return found;
}

/// Reads a line without its end into `line`. False where none ends within most_of_a_line, or before
/// the file does; what there is of it is in `line` then.
bool read_line(std::istream& file, std::string& line) {
  line.clear();
  for (char letter = 0; line.size() < most_of_a_line && file.get(letter);) {
    if (letter == '\n') return true;
    line += letter;
  }
  return false;
}

/// The journal that one of the ranks writes.
std::string path_of(const std::string& path, int rank) {
  return rank == 0 ? path : fmt::format("{}.{}", path, rank);
}

/// Adds what a journal knows. How many of its bytes are its head and lines that are good; none of a
/// file that is not there, or whose head was torn off. Behind a line that is too long nothing is
/// good.
Expected<std::size_t> read_journal(const std::string& path, const std::string& head,
                                   std::size_t sessions, std::map<std::size_t, Outcome>& known) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return 0;
  if (!std::filesystem::is_regular_file(path, error))
    return failure(ErrorCode::invalid_argument, "is no regular file, so it can be no journal",
                   path);
  std::size_t whole = 0;
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (read_line(file, line)) {
    if (whole == 0) {
      if (!line.starts_with(magic))
        return failure(ErrorCode::malformed, "is no journal of a sweep", path + " line 1");
      if (line + '\n' != head)
        return failure(ErrorCode::invalid_argument,
                       "is the journal of another run: a policy, a title, a trace, an option or "
                       "Rung's version differs",
                       path);
    } else {
      const auto found = parse_line(line);
      if (!found || found->first >= sessions) break;
      known.insert_or_assign(found->first, found->second);
    }
    whole += line.size() + 1;
  }
  if (file.bad()) return failure(ErrorCode::io, "cannot be read", path);
  // Anything else that is no journal stays untouched.
  if (whole == 0 && !head.starts_with(line))
    return failure(ErrorCode::malformed, "is no journal of a sweep", path + " line 1");
  return whole;
}

/// Cuts off what is behind `whole` bytes, and opens the file to write behind them.
Expected<std::FILE*> open_behind(const std::string& path, std::size_t whole,
                                 const std::string& head) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    std::filesystem::resize_file(path, whole, error);
    if (error) return failure(ErrorCode::io, error.message(), path);
  }
  std::FILE* file = std::fopen(path.c_str(), "ab");
  if (file == nullptr) return failure(ErrorCode::io, "cannot be written", path);
  if (whole == 0) std::fwrite(head.data(), 1, head.size(), file);
  if (std::fflush(file) == 0) return file;
  std::fclose(file);
  return failure(ErrorCode::io, "cannot be written", path);
}

}  // namespace

std::uint64_t digest_of(const Sweep& sweep) {
  Fingerprint digest;
  add_text(digest, RUNG_VERSION);
  for (const std::string& policy : sweep.policies) {
    add_text(digest, policy);
    for (const std::string& file : files_of(policy)) add_file(digest, file);
  }
  for (const std::uint64_t seed : sweep.seeds) digest.add(seed);
  add_number(digest, sweep.default_rtt.count());
  add_number(digest, static_cast<std::int64_t>(sweep.latency));
  digest.add(sweep.startup_stalls ? 1 : 0);
  add_text(digest, sweep.profile != nullptr ? sweep.profile->name : "");
  add_number(digest, sweep.rampup ? static_cast<std::int64_t>(*sweep.rampup) : -1);
  for (const auto& action : sweep.viewer)
    if (const auto* sought = std::get_if<session::ViewerSought>(&action)) {
      add_number(digest, sought->at.time_since_epoch().count());
      add_number(digest, sought->to.time_since_epoch().count());
    }
  digest.add(sweep.sessions);
  add_number(digest, sweep.stagger.count());
  add_number(digest, sweep.live_delay ? sweep.live_delay->count() : -1);
  add_number(digest, sweep.live_chunk.count());
  add_number(digest, sweep.given_first ? static_cast<std::int64_t>(*sweep.given_first) : -1);
  for (const network_sim::SimulatedTitle& title : sweep.titles) {
    add_text(digest, title.name);
    add_number(digest, title.init_size.bytes());
    add_setup(digest, sweep, title.known);
    add_setup(digest, sweep, title.actual);
  }
  for (const network_sim::LinkCapacity& link : sweep.links) {
    add_text(digest, link.trace().name());
    add_number(digest, static_cast<std::int64_t>(link.cost_of_byte()));
    digest.add(std::bit_cast<std::uint64_t>(link.share()));
    for (const network_sim::Trace::Piece& piece : link.trace().pieces()) {
      add_number(digest, piece.duration.count());
      add_number(digest, piece.rate.bits_per_second());
      add_number(digest, piece.rtt ? piece.rtt->count() : -1);
    }
  }
  return digest.value();
}

std::optional<Error> not_for_journals(const std::vector<std::string>& policies) {
  for (const std::string& policy : policies)
    if (policy.starts_with(pipe) && files_of(policy).empty())
      return Error{ErrorCode::invalid_argument,
                   "no word of the command is a file, so that a journal could not tell it from "
                   "another version of it; name the program by its path, or run it without "
                   "--journal",
                   policy};
  return std::nullopt;
}

SweepJournal::SweepJournal(std::string path, std::FILE* file, std::map<std::size_t, Outcome> known)
    : path_(std::move(path)), file_(file), known_(std::move(known)) {}

SweepJournal::~SweepJournal() { std::fclose(file_); }

Expected<std::unique_ptr<SweepJournal>> SweepJournal::open(const std::string& path, bool go_on,
                                                           std::uint64_t digest,
                                                           std::size_t sessions, Ranks& ranks) {
  if (path.empty()) return std::unique_ptr<SweepJournal>();
  const std::string head = fmt::format("{}{} sessions, {:016x}\n", magic, sessions, digest);
  const std::string own = path_of(path, ranks.rank());
  std::map<std::size_t, Outcome> known;
  std::size_t whole = 0;
  std::optional<Error> error;
  std::error_code no_matter;
  if (!go_on && std::filesystem::exists(own, no_matter))
    error = Error{ErrorCode::invalid_argument,
                  "the journal is there already; go on with --continue, or remove it", own};
  // A run of more ranks may have left more journals than there are ranks now.
  for (int rank = 0; go_on && !error; ++rank) {
    const std::string one = path_of(path, rank);
    if (rank >= ranks.size() && !std::filesystem::exists(one, no_matter)) break;
    const auto good = read_journal(one, head, sessions, known);
    if (!good)
      error = good.error();
    else if (rank == ranks.rank())
      whole = *good;
  }
  // Nobody writes while others read.
  if (auto failed = ranks.first_failure(error, 0)) return tl::unexpected(*std::move(failed));
  const auto file = open_behind(own, whole, head);
  std::unique_ptr<SweepJournal> journal;
  if (file)
    journal = std::unique_ptr<SweepJournal>(new SweepJournal(own, *file, std::move(known)));
  else
    error = file.error();
  if (auto failed = ranks.first_failure(error, 0)) return tl::unexpected(*std::move(failed));
  return journal;
}

const Outcome* SweepJournal::known(std::size_t session) const {
  const auto found = known_.find(session);
  return found == known_.end() ? nullptr : &found->second;
}

void SweepJournal::add(std::size_t session, const Outcome& outcome) {
  const std::string line = line_of(session, outcome);
  const std::lock_guard lock(mutex_);
  std::fwrite(line.data(), 1, line.size(), file_);
  std::fflush(file_);  // What is lost is told by flush().
}

Expected<void> SweepJournal::flush() {
  const std::lock_guard lock(mutex_);
  if (std::fflush(file_) != 0 || std::ferror(file_) != 0)
    return failure(ErrorCode::io, "cannot be written", path_);
  return {};
}

Expected<void> keep(SweepJournal* journal, Ranks& ranks) {
  std::optional<Error> lost;
  if (journal != nullptr)
    if (const auto flushed = journal->flush(); !flushed) lost = flushed.error();
  if (auto error = ranks.first_failure(lost, 0)) return tl::unexpected(*std::move(error));
  return {};
}

}  // namespace rung::cli
