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
#include "core/check.h"
#include "core/limits.h"
#include "network_sim/optimum.h"
#include "network_sim/parse_trace.h"
#include "network_sim/profiles/pensieve_policies.h"
#include "network_sim/profiles/sabre_ledger.h"
#include "network_sim/profiles/sabre_options.h"
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

Expected<bool> knows_pensieve(std::string_view name) {
  return std::ranges::find(pensieve_names, name) != pensieve_names.end();
}

Expected<ProfilePolicy> make_pensieve(std::string_view name, const Scenario& /*scenario*/) {
  if (name == "bb")
    return ProfilePolicy{.policy = std::make_unique<PensieveBufferPolicy>(), .totals = nullptr};
  const auto variant = name == "robust-mpc" ? PensieveMpcVariant::robust : PensieveMpcVariant::fast;
  return ProfilePolicy{.policy = std::make_unique<PensieveMpcPolicy>(variant), .totals = nullptr};
}

// --- Sabre, sabre.py at commit 09b03bb ---

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
  options.progress_every = session::SessionOptions().progress_every;
  options.abandonment = true;
  options.choose_after_abandonment = true;
  return options;
}

Expected<bool> knows_sabre(std::string_view name) {
  const auto options = parse_sabre_policy(name);
  if (!options) return tl::unexpected(options.error());
  return options->has_value();
}

Expected<ProfilePolicy> make_sabre(std::string_view name, const Scenario& scenario) {
  const auto options = parse_sabre_policy(name);
  if (!options) return tl::unexpected(options.error());
  RUNG_CHECK(options->has_value());
  const auto& track = scenario.title.known.video;
  if (!track || scenario.title.known.audio || track->parts().size() > 1 ||
      track->parts().front().has_init)
    return failure(ErrorCode::invalid_argument,
                   "Sabre's policies play movies of Sabre's and JSON ladders without audio alone",
                   scenario.title.name);
  const session::SessionOptions& session = scenario.session;
  const auto ledger =
      std::make_shared<SabreLedger>(SabreLedger::Setup{.link = scenario.link,
                                                       .track = *track,
                                                       .default_rtt = scenario.default_rtt,
                                                       .buffer_capacity = session.buffer_capacity,
                                                       .abandonment = session.abandonment,
                                                       .rampup = scenario.rampup,
                                                       .options = **options});
  const MediaTime seek_to = session.seek ? session.seek->to : MediaTime{};
  return ProfilePolicy{.policy = std::make_unique<SabrePolicy>(**options, ledger, seek_to),
                       .totals = [ledger] { return ledger->totals(); }};
}

const std::array<Profile, 2>& table() {
  static const std::array<Profile, 2> all{
      Profile{.name = "pensieve-2017",
              .policies = pensieve_names,
              .totals = {},
              .session = pensieve_session(),
              .default_rtt = milliseconds(80),
              .latency = LatencyRule::link_stops,
              .most_segments = 48,
              .given_first = 1,
              .startup_stalls = true,
              .read_link = pensieve_link,
              .knows = knows_pensieve,
              .make = make_pensieve},
      Profile{.name = "sabre",
              .policies = sabre_policy_names(),
              .totals = sabre_totals,
              .session = sabre_session(),
              .latency = LatencyRule::by_piece,
              .seeks_by_fetched = true,
              .read_link = sabre_link,
              .knows = knows_sabre,
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
  sweep.startup_stalls = profile.startup_stalls;
  sweep.given_first = profile.given_first;
  sweep.profile = &profile;
  sweep.make_policy =
      [&profile, others = std::move(sweep.make_policy)](
          std::string_view name,
          const abr::PolicyOptions& options) -> Expected<std::unique_ptr<abr::Policy>> {
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
