#include "player/head_fetcher.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/limits.h"

namespace rung::player {
namespace {

/// Until the first transfer has told more.
constexpr abr::Forecast before_any{BitRate::bits_per_second(5'000'000),
                                   std::chrono::milliseconds(50)};
/// What is smaller says nothing of the throughput, nor does what came at once, from the disk.
constexpr ByteCount sample{20'000};
constexpr Duration at_once = std::chrono::milliseconds(5);
constexpr int most_setbacks = 8;

}  // namespace

HeadFetcher::HeadFetcher(std::vector<NextTitle> titles, const Options& options)
    : options_(options),
      prefetcher_(loop_, options.http, options.selection, titles, options.kept),
      budget_(options.metered ? prefetch::metered_budget : prefetch::BudgetLimits{}),
      candidates_(std::min(titles.size(), limits::prefetched_titles)),
      fetched_(candidates_.size()),
      forecast_(before_any) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) candidates_[i] = candidate_of(titles[i]);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

HeadFetcher::~HeadFetcher() { stop(); }

void HeadFetcher::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  loop_.post([] {});
  thread_.join();
}

void HeadFetcher::run(const std::stop_token& stop) {
  fetch_next();
  loop_.run_until(Timestamp::max(), [&] { return stop.stop_requested(); });
  if (running_) prefetcher_.cancel(transfer_);
}

void HeadFetcher::guess(std::vector<double> probabilities) {
  loop_.post([this, probabilities = std::move(probabilities)] {
    for (std::size_t i = 0; i < std::min(candidates_.size(), probabilities.size()); ++i)
      candidates_[i].probability = probabilities[i];
    if (running_) {
      // What is best now goes first, unless it runs already.
      const auto wished = wishes();
      if (!wished.empty() && wished.front().title == running_->title) return;
      prefetcher_.cancel(transfer_);
      running_.reset();
    }
    fetch_next();
  });
}

std::shared_ptr<const PreparedTitle> HeadFetcher::take(std::size_t title) {
  stop();
  return title < candidates_.size() ? prefetcher_.take(title) : nullptr;
}

std::vector<prefetch::Wish> HeadFetcher::wishes() {
  // Nothing plays, so nothing is at risk.
  return planner_.wishes({.now = loop_.now(),
                          .candidates = candidates_,
                          .fetched = fetched_,
                          .forecast = forecast_,
                          .buffer_level = std::chrono::seconds(30),
                          .free_for = Duration::max(),
                          .metered = options_.metered});
}

void HeadFetcher::fetch_next() {
  if (running_) return;
  for (const prefetch::Wish& wish : wishes()) {
    if (fetched_[wish.title].setbacks >= most_setbacks) continue;
    const Timestamp at = budget_.affordable_at(wish.size, loop_.now());
    if (at > loop_.now()) {
      if (at != Timestamp::max()) loop_.call_at(at, [this] { fetch_next(); });
      continue;
    }
    running_ = wish;
    transfer_ = transfer_.next();
    begun_ = loop_.now();
    const auto tell = [this](const session::Event& event) { ended(event); };
    const session::Request request = prefetch::request_of(wish, transfer_, {});
    if (const auto* manifest = std::get_if<session::FetchManifest>(&request))
      prefetcher_.begin(*manifest, tell);
    else
      prefetcher_.begin(std::get<session::FetchSegment>(request), tell);
    return;
  }
}

void HeadFetcher::ended(const session::Event& event) {
  if (!running_) return;
  if (const auto* done = std::get_if<session::TransferCompleted>(&event)) {
    const prefetch::Wish wish = *std::exchange(running_, std::nullopt);
    prefetch::Fetched& title = fetched_[wish.title];
    budget_.spend(done->size, loop_.now());
    prefetch::keep(title, wish, done->size);
    if (wish.stage == prefetch::Stage::manifest) {
      title.tracks = prefetcher_.tracks(wish.title);
      if (title.tracks == nullptr) title.setbacks = most_setbacks;
    } else if (done->size >= sample && loop_.now() > begun_ + at_once) {
      forecast_ = {
          BitRate::bits_per_second(static_cast<std::int64_t>(
              static_cast<double>(done->size.bytes()) * 8 / to_seconds(loop_.now() - begun_))),
          std::max(done->first_byte - begun_, Duration{})};
    }
  } else if (std::holds_alternative<session::TransferFailed>(event)) {
    fetched_[running_->title].setbacks = most_setbacks;  // It would fail again.
    running_.reset();
  } else {
    return;
  }
  // Not from within the transfer that ended.
  loop_.post([this] { fetch_next(); });
}

}  // namespace rung::player
