#include "cli/sweep_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "cli/trace_files.h"
#include "media/track.h"
#include "network_sim/fingerprint.h"
#include "network_sim/profiles/profile.h"
#include "session/session_log.h"

namespace rung::cli {
namespace {

using network_sim::Fingerprint;
using network_sim::Outcome;
using network_sim::Sweep;

constexpr std::string_view magic = "# rung sweep journal 3, ";
/// That a simulator prints of a session.
constexpr std::size_t most_totals = 100;

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

/// What a policy's name leads to outside Rung: an object, or a folder of parameters.
void add_files(Fingerprint& into, std::string_view policy) {
  constexpr std::string_view folder = "pensieve:";
  std::string path(policy.starts_with(folder) ? policy.substr(folder.size())
                                              : policy.substr(0, policy.find(':')));
  std::error_code error;
  if (!std::filesystem::exists(path, error) || path.find('/') == std::string::npos) return;
  const auto files = trace_files({path});
  if (!files) return;
  for (const std::string& file : *files) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    add_text(into, text.str());
  }
}

std::uint64_t checksum(std::string_view text) {
  Fingerprint sum;
  add_text(sum, text);
  return sum.value();
}

/// Takes the next cell of a line; false where there is none or it is no number of that kind.
template <typename T>
bool take(std::string_view& line, T& into) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const auto [end, error] = std::from_chars(line.data(), line.data() + space, into);
  if (error != std::errc() || end != line.data() + space || space == 0) return false;
  line.remove_prefix(std::min(space + 1, line.size()));
  return true;
}

bool take(std::string_view& line, Duration& into) {
  Duration::rep count = 0;
  if (!take(line, count)) return false;
  into = Duration(count);
  return true;
}

bool take(std::string_view& line, ByteCount& into) {
  std::int64_t bytes = 0;
  if (!take(line, bytes)) return false;
  into = ByteCount(bytes);
  return true;
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
  std::size_t session = 0;
  if (!take(text, session)) return std::nullopt;
  const auto outcome = parse_outcome(text);
  if (!outcome) return std::nullopt;
  return std::pair(session, *outcome);
}

}  // namespace

std::string format_outcome(const Outcome& outcome) {
  // Names every field, so that a new one does not compile here.
  const auto& [end, elapsed, startup, played, stalled, seeking, paused, stalls, latency, segments,
               kbps, switches, qoe, qoe_per_segment, measure, received, discarded, abandonments,
               failures, fallbacks, corrected, observations] = outcome.report;
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}",
                  static_cast<int>(end), elapsed.count(), startup.count(), played.count(),
                  stalled.count(), seeking.count(), paused.count(), stalls, latency ? 1 : 0,
                  latency.value_or(Duration()).count(), segments, kbps, switches, qoe,
                  qoe_per_segment, measure, received.bytes(), discarded.bytes(), abandonments,
                  failures, fallbacks, corrected.count(), observations, outcome.fingerprint);
  for (const double total : outcome.totals) text += fmt::format(" {}", total);
  return text;
}

std::optional<Outcome> parse_outcome(std::string_view line) {
  Outcome outcome;
  session::SessionReport& report = outcome.report;
  int end = 0;
  int live = 0;
  Duration latency{};
  const bool good =
      take(line, end) && take(line, report.elapsed) && take(line, report.startup_delay) &&
      take(line, report.played) && take(line, report.stalled) && take(line, report.seeking) &&
      take(line, report.paused) && take(line, report.stall_count) && take(line, live) &&
      take(line, latency) && take(line, report.segments) && take(line, report.mean_kbps) &&
      take(line, report.switches) && take(line, report.qoe_sum) &&
      take(line, report.qoe_per_segment) && take(line, report.mean_measure) &&
      take(line, report.received) && take(line, report.discarded) &&
      take(line, report.abandonments) && take(line, report.failures) &&
      take(line, report.fallbacks) && take(line, report.corrected) &&
      take(line, report.observations) && take(line, outcome.fingerprint);
  if (!good || end < 0 || end > static_cast<int>(session::EndReason::time_limit))
    return std::nullopt;
  while (!line.empty()) {
    if (outcome.totals.size() == most_totals || !take(line, outcome.totals.emplace_back()))
      return std::nullopt;
  }
  report.end = static_cast<session::EndReason>(end);
  if (live != 0) report.latency = latency;
  return outcome;
}

std::uint64_t digest_of(const Sweep& sweep) {
  Fingerprint digest;
  add_text(digest, RUNG_VERSION);
  for (const std::string& policy : sweep.policies) {
    add_text(digest, policy);
    add_files(digest, policy);
  }
  for (const std::uint64_t seed : sweep.seeds) digest.add(seed);
  add_number(digest, sweep.default_rtt.count());
  add_number(digest, static_cast<std::int64_t>(sweep.latency));
  add_number(digest, sweep.least_progress.bytes());
  digest.add(sweep.startup_stalls ? 1 : 0);
  add_text(digest, sweep.profile != nullptr ? sweep.profile->name : "");
  add_number(digest, sweep.rampup ? static_cast<std::int64_t>(*sweep.rampup) : -1);
  for (const auto& action : sweep.viewer)
    if (const auto* sought = std::get_if<session::ViewerSought>(&action)) {
      add_number(digest, sought->at.time_since_epoch().count());
      add_number(digest, sought->to.time_since_epoch().count());
    }
  add_number(digest, sweep.live_delay ? sweep.live_delay->count() : -1);
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

SweepJournal::SweepJournal(std::string path, std::FILE* file, std::map<std::size_t, Outcome> known)
    : path_(std::move(path)), file_(file), known_(std::move(known)) {}

SweepJournal::~SweepJournal() { std::fclose(file_); }

Expected<std::unique_ptr<SweepJournal>> SweepJournal::open(const std::string& path, bool go_on,
                                                           std::uint64_t digest,
                                                           std::size_t sessions) {
  const std::string head = fmt::format("{}{} sessions, {:016x}\n", magic, sessions, digest);
  std::map<std::size_t, Outcome> known;
  std::size_t whole = 0;  // Bytes of the head and of the lines that are good.
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    if (!go_on)
      return failure(ErrorCode::invalid_argument,
                     "the journal is there already; go on with --continue, or remove it", path);
    std::ifstream file(path, std::ios::binary);
    std::string line;
    while (std::getline(file, line) && !file.eof()) {
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
    file.close();
    // A head that was torn off leaves nothing; anything else that is no journal stays untouched.
    if (whole == 0 && !head.starts_with(line))
      return failure(ErrorCode::malformed, "is no journal of a sweep", path + " line 1");
    std::filesystem::resize_file(path, whole, error);
    if (error) return failure(ErrorCode::io, error.message(), path);
  }
  std::FILE* file = std::fopen(path.c_str(), "ab");
  if (file == nullptr) return failure(ErrorCode::io, "cannot be written", path);
  std::unique_ptr<SweepJournal> journal(new SweepJournal(path, file, std::move(known)));
  if (whole == 0) std::fwrite(head.data(), 1, head.size(), file);
  if (const auto flushed = journal->flush(); !flushed) return tl::unexpected(flushed.error());
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
  const auto now = std::chrono::steady_clock::now();
  if (now - flushed_ < std::chrono::seconds(1)) return;
  flushed_ = now;
  std::fflush(file_);
}

Expected<void> SweepJournal::flush() {
  const std::lock_guard lock(mutex_);
  if (std::fflush(file_) != 0 || std::ferror(file_) != 0)
    return failure(ErrorCode::io, "cannot be written", path_);
  return {};
}

}  // namespace rung::cli
