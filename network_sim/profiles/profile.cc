#include "network_sim/profiles/profile.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "abr/name_error.h"
#include "core/limits.h"
#include "network_sim/optimum.h"
#include "network_sim/parse_trace.h"
#include "network_sim/profiles/pensieve_policies.h"
#include "network_sim/profiles/sabre_policies.h"
#include "network_sim/trace_formats/pensieve_trace.h"

namespace rung::network_sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Rates are kept in this part of a bit per second, so that what a file's decimals say beyond a
/// whole bit per second is not lost.
constexpr std::int64_t fine = 1'000'000;

Trace::Piece fine_piece(Duration duration, double bits_per_second, std::optional<Duration> rtt) {
  return {.duration = duration,
          .rate = BitRate::bits_per_second(std::llround(bits_per_second * fine)),
          .rtt = rtt};
}

Expected<LinkCapacity> fine_link(std::string name, std::vector<Trace::Piece> pieces) {
  auto trace = Trace::create(std::move(name), std::move(pieces));
  if (!trace) return tl::unexpected(trace.error());
  return LinkCapacity(*std::move(trace), LinkCapacity::per_byte * fine);
}

// --- Pensieve's environment, fixed_env.py at commit 1120bb1 ---

constexpr double pensieve_payload = 0.95;

Expected<LinkCapacity> pensieve_link(std::string_view text, std::string name,
                                     std::optional<TraceFormat> format) {
  if (!format) format = detect_trace_format(text);
  // The checks are those of any trace; its own format is read once more for all its decimals.
  auto trace = parse_trace(text, name, format);
  if (!trace) return tl::unexpected(trace.error());
  std::vector<Trace::Piece> pieces;
  if (format == TraceFormat::pensieve) {
    const auto samples = read_pensieve_samples(text, name);
    if (!samples) return tl::unexpected(samples.error());
    for (std::size_t i = 1; i < samples->size(); ++i) {
      const PensieveSample& sample = (*samples)[i];
      const Duration duration =
          from_seconds(sample.seconds) - from_seconds((*samples)[i - 1].seconds);
      if (duration > Duration::zero())
        pieces.push_back(fine_piece(duration, sample.megabits_per_second * 1e6 * pensieve_payload,
                                    std::nullopt));
    }
  } else {
    for (const Trace::Piece& piece : trace->pieces())
      pieces.push_back(fine_piece(
          piece.duration, static_cast<double>(piece.rate.bits_per_second()) * pensieve_payload,
          piece.rtt));
  }
  return fine_link(std::move(name), std::move(pieces));
}

session::SessionOptions pensieve_session() {
  session::SessionOptions options = patient({});
  options.buffer_capacity = seconds(60);
  options.capacity_rule = session::CapacityRule::level;
  options.wait_quantum = milliseconds(500);
  options.resume_level = milliseconds(1);
  options.policy_starts = true;
  options.qoe.startup_penalty = 0;
  options.first_segment_counts = false;
  return options;
}

constexpr std::array<std::string_view, 3> pensieve_names{"bb", "robust-mpc", "fast-mpc"};

std::unique_ptr<abr::Policy> make_pensieve(std::string_view name, const abr::PolicyOptions&) {
  if (name == "bb") return std::make_unique<PensieveBufferPolicy>();
  if (name == "robust-mpc") return std::make_unique<PensieveMpcPolicy>(PensieveMpcVariant::robust);
  if (name == "fast-mpc") return std::make_unique<PensieveMpcPolicy>(PensieveMpcVariant::fast);
  return nullptr;
}

// --- Sabre, sabre.py at commit 09b03bb with its default flags ---

/// Pieces of a trace that one latency may span.
constexpr std::int64_t most_pieces_in_rtt = 1'000'000;

Expected<LinkCapacity> sabre_link(std::string_view text, std::string name,
                                  std::optional<TraceFormat> format) {
  auto trace = parse_trace(text, std::move(name), format);
  if (!trace) return tl::unexpected(trace.error());
  // Every wait for a first byte is walked piece by piece.
  Duration shortest = Duration::max();
  Duration longest_rtt{};
  for (const Trace::Piece& piece : trace->pieces()) {
    shortest = std::min(shortest, piece.duration);
    longest_rtt = std::max(longest_rtt, piece.rtt.value_or(limits::trace_rtt));
  }
  if (longest_rtt / most_pieces_in_rtt > shortest)
    return failure(ErrorCode::limit_exceeded,
                   "a latency here may span more than " + std::to_string(most_pieces_in_rtt) +
                       " of the shortest pieces; merge those into longer ones",
                   trace->name());
  return LinkCapacity(*std::move(trace));
}

session::SessionOptions sabre_session() {
  session::SessionOptions options = patient({});
  options.buffer_capacity = seconds(25);
  options.resume_level = milliseconds(1);
  options.policy_starts = true;
  options.progress_every = milliseconds(50);
  options.progress_slackens = false;
  options.abandonment = true;
  options.choose_after_abandonment = true;
  return options;
}

std::unique_ptr<abr::Policy> make_sabre(std::string_view name, const abr::PolicyOptions&) {
  return make_sabre_policy(name);
}

const std::array<Profile, 2>& table() {
  static const std::array<Profile, 2> all{
      Profile{.name = "pensieve-2017",
              .policies = pensieve_names,
              .session = pensieve_session(),
              .default_rtt = milliseconds(80),
              .latency = LatencyRule::link_stops,
              .most_segments = 48,
              .given_first = 1,
              .startup_stalls = true,
              .read_link = pensieve_link,
              .make = make_pensieve},
      Profile{.name = "sabre",
              .policies = sabre_policy_names(),
              .session = sabre_session(),
              .latency = LatencyRule::by_piece,
              .least_progress = ByteCount(1500),
              .read_link = sabre_link,
              .make = make_sabre},
  };
  return all;
}

}  // namespace

std::span<const Profile> profiles() { return table(); }

void adopt(const Profile& profile, Sweep& sweep) {
  sweep.session = profile.session;
  sweep.default_rtt = profile.default_rtt;
  sweep.latency = profile.latency;
  sweep.least_progress = profile.least_progress;
  sweep.startup_stalls = profile.startup_stalls;
  sweep.given_first = profile.given_first;
  sweep.make_policy =
      [&profile, others = std::move(sweep.make_policy)](
          std::string_view name,
          const abr::PolicyOptions& options) -> Expected<std::unique_ptr<abr::Policy>> {
    if (auto made = profile.make(name, options)) return made;
    auto other = others(name, options);
    if (other || other.error().code != ErrorCode::invalid_argument) return other;
    Error error = other.error();
    error.message += "; in this profile also: ";
    for (const std::string_view& known : profile.policies)
      error.message.append(&known == profile.policies.data() ? "" : ", ").append(known);
    return tl::unexpected(std::move(error));
  };
}

Expected<const Profile*> find_profile(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Profile& profile : table()) {
    if (profile.name == name) return &profile;
    names.push_back(profile.name);
  }
  return tl::unexpected(abr::name_error("profile", name, names));
}

}  // namespace rung::network_sim
