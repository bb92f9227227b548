#include "network_sim/transfer_history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "abr/estimator_factory.h"
#include "abr/policies/fixed_policy.h"
#include "core/limits.h"
#include "media/ladder.h"
#include "network_sim/optimum.h"
#include "network_sim/scenario.h"

namespace rung::network_sim {

namespace {

/// As many segments as fill the round and a full buffer behind it.
Expected<SimulatedTitle> title_of(Duration round, const HistoryOptions& options) {
  if (options.segment_duration <= Duration::zero())
    return failure(ErrorCode::invalid_argument, "a segment must be longer than zero");
  const std::int64_t count = (round + options.buffer_capacity) / options.segment_duration + 2;
  if (count > limits::listed_segments)
    return failure(ErrorCode::limit_exceeded,
                   "a round of the trace holds more than 200000 segments; make them longer");
  media::Ladder ladder;
  ladder.video = {.segment_duration = options.segment_duration,
                  .last_segment_duration = options.segment_duration,
                  .segment_count = count,
                  .rungs = {{.bandwidth = options.bandwidth}}};
  auto tracks = media::tracks_of(ladder);
  if (!tracks) return tl::unexpected(tracks.error());
  return SimulatedTitle{.name = "equal segments", .known = *tracks, .actual = *tracks};
}

}  // namespace

Expected<std::vector<abr::TransferSample>> transfer_history(const LinkCapacity& link,
                                                            const HistoryOptions& options) {
  const Duration round = link.trace().duration();
  const auto title = title_of(round, options);
  if (!title) return tl::unexpected(title.error());
  auto estimator = abr::make_estimator(abr::default_estimator);
  if (!estimator) return tl::unexpected(estimator.error());
  std::vector<TransferRecord> records;
  Scenario scenario{.link = link,
                    .title = *title,
                    .session = {},
                    .default_rtt = options.rtt,
                    .viewer = {},
                    .transfers = &records};
  scenario.session.buffer_capacity = options.buffer_capacity;
  scenario.session = patient(scenario.session);
  const auto outcome = simulate(
      scenario, std::make_unique<abr::FixedPolicy>(RepresentationIndex{0}), *std::move(estimator));
  if (!outcome) return tl::unexpected(outcome.error());
  std::vector<abr::TransferSample> history;
  history.reserve(records.size());
  for (const TransferRecord& record : records) {
    if (record.abandoned || record.requested - Timestamp{} >= round) break;
    history.push_back({.requested = record.requested,
                       .first_byte = record.first_byte.value_or(record.done),
                       .completed = record.done,
                       .size = record.size});
  }
  return history;
}

}  // namespace rung::network_sim
