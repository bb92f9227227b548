#include "network_sim/profiles/sabre_ledger.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"

namespace rung::network_sim {

namespace {

/// How much must have come, and how much time passed, before a transfer is looked at once more.
constexpr double least_progress_bits = 12'000;
constexpr double least_progress_ms = 50;
/// Transfers that a sliding window remembers.
constexpr std::size_t longest_window = 20;

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

double mean_of_last(const std::deque<double>& values, int window) {
  const std::size_t count = std::min(values.size(), static_cast<std::size_t>(window));
  double sum = 0;
  for (std::size_t i = values.size() - count; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(count);
}

}  // namespace

SabreHistory::SabreHistory(const SabreOptions& options, double segment_ms)
    : windows_(options.windows) {
  if (!windows_.empty()) return;
  for (const double seconds : options.half_lives)
    averages_.push_back(
        {.half_life = seconds * 1000, .latency_half_life = seconds * 1000 / segment_ms});
}

void SabreHistory::push(double transfer_ms, double throughput, double latency_ms) {
  if (!windows_.empty()) return push_into_windows(throughput, latency_ms);
  transferred_ += transfer_ms;
  transfers_ += 1;
  for (Average& average : averages_) {
    double alpha = std::pow(0.5, transfer_ms / average.half_life);
    average.throughput = alpha * average.throughput + (1 - alpha) * throughput;
    alpha = std::pow(0.5, 1 / average.latency_half_life);
    average.latency = alpha * average.latency + (1 - alpha) * latency_ms;
    const double t = average.throughput / (1 - std::pow(0.5, transferred_ / average.half_life));
    const double l = average.latency / (1 - std::pow(0.5, transfers_ / average.latency_half_life));
    const bool first = &average == &averages_.front();
    throughput_ = first ? t : std::min(throughput_, t);
    latency_ = first ? l : std::max(latency_, l);
  }
}

void SabreHistory::push_into_windows(double throughput, double latency_ms) {
  throughputs_.push_back(throughput);
  latencies_.push_back(latency_ms);
  if (throughputs_.size() > longest_window) {
    throughputs_.pop_front();
    latencies_.pop_front();
  }
  for (const int& window : windows_) {
    const double t = mean_of_last(throughputs_, window);
    const double l = mean_of_last(latencies_, window);
    const bool first = &window == &windows_.front();
    throughput_ = first ? t : std::min(throughput_, t);
    latency_ = first ? l : std::max(latency_, l);
  }
}

SabreLedger::SabreLedger(const Setup& setup)
    : setup_(setup),
      segment_ms_(milliseconds(setup.track.duration(0))),
      capacity_ms_(milliseconds(setup.buffer_capacity)),
      history_(setup.options, segment_ms_),
      piece_(setup.link.piece_count() - 1) {
  for (const BitRate rate : setup.track.ladder(0)) {
    kbps_.push_back(static_cast<double>(rate.bits_per_second()) / 1000);
    logs_.push_back(std::log(kbps_.back()));
    utilities_.push_back(logs_.back() + (0 - logs_.front()));
  }
  enter_next_piece();
}

double SabreLedger::latency() const {
  return milliseconds(setup_.link.piece(piece_).rtt.value_or(setup_.default_rtt));
}

void SabreLedger::enter_next_piece() {
  piece_ = piece_ + 1 == setup_.link.piece_count() ? 0 : piece_ + 1;
  const Trace::Piece& piece = setup_.link.piece(piece_);
  to_next_piece_ = milliseconds(piece.duration);
  bandwidth_ = static_cast<double>(piece.rate.bits_per_second()) / 1000 * setup_.link.share();
  look_bits_ = std::max(least_progress_bits, least_progress_ms * bandwidth_);
  look_ms_ = bandwidth_ > 0 ? look_bits_ / bandwidth_ : 0;
  const double effective = bandwidth() * (1 - latency() / segment_ms_);
  std::size_t rung = 0;
  while (rung + 1 < kbps_.size() && kbps_[rung + 1] <= effective) ++rung;
  const auto before = std::exchange(sustainable_, rung);
  if (before && *before != rung) rises_to(rung, *before);
}

void SabreLedger::pass(double ms) {
  link_time_ += ms;
  to_next_piece_ -= ms;
}

double SabreLedger::pass_latency() {
  double units = 1;
  double passed = 0;
  while (units > 0) {
    const double time = units * latency();
    if (time <= to_next_piece_) {
      passed += time;
      pass(time);
      units = 0;
    } else {
      passed += to_next_piece_;
      units -= to_next_piece_ / latency();
      link_time_ += to_next_piece_;
      enter_next_piece();
    }
  }
  return passed;
}

double SabreLedger::download(double size) {
  double passed = 0;
  while (size > 0) {
    if (size <= to_next_piece_ * bandwidth()) {
      const double time = size / bandwidth();
      passed += time;
      pass(time);
      size = 0;
    } else {
      passed += to_next_piece_;
      size -= to_next_piece_ * bandwidth();
      link_time_ += to_next_piece_;
      enter_next_piece();
    }
  }
  return passed;
}

void SabreLedger::download_some(double size, double least_size, double least_ms) {
  double bits_in_all = 0;
  double time_in_all = 0;
  while (size > 0 && (least_size > 0 || least_ms > 0)) {
    const double rate = bandwidth();
    double bits = 0;
    double time = 0;
    if (rate > 0) {
      const double least = std::max(least_size, least_ms * rate);
      const double to_next = to_next_piece_ * rate;
      if (size <= least && size <= to_next) {
        bits = size;
        time = bits / rate;
        pass(time);
      } else if (least <= to_next) {
        bits = least;
        time = bits / rate;
        least_size = 0;
        least_ms = 0;
        pass(time);
      } else {
        bits = to_next;
        time = to_next_piece_;
        link_time_ += time;
        enter_next_piece();
      }
    } else if (least_size > 0 || least_ms > to_next_piece_) {
      time = to_next_piece_;
      link_time_ += time;
      enter_next_piece();
    } else {
      time = least_ms;
      pass(time);
    }
    bits_in_all += bits;
    time_in_all += time;
    size -= bits;
    least_size -= bits;
    least_ms -= time;
  }
  progress_.time_ms += time_in_all;
  progress_.downloaded += bits_in_all;
}

void SabreLedger::delay(double ms) {
  while (ms > to_next_piece_) {
    ms -= to_next_piece_;
    link_time_ += to_next_piece_;
    enter_next_piece();
  }
  to_next_piece_ -= ms;
  link_time_ += ms;
}

double SabreLedger::level() const {
  return segment_ms_ * static_cast<double>(buffer_.size()) - played_of_first_;
}

void SabreLedger::play(double ms) {
  if (buffer_.empty()) {
    rebuffer_time_ += ms;
    play_time_ += ms;
    return;
  }
  if (played_of_first_ > 0) {
    if (ms + played_of_first_ < segment_ms_) {
      played_of_first_ += ms;
      play_time_ += ms;
      return;
    }
    ms -= segment_ms_ - played_of_first_;
    play_time_ += segment_ms_ - played_of_first_;
    buffer_.pop_front();
    played_of_first_ = 0;
  }
  while (ms > 0 && !buffer_.empty()) {
    const std::size_t rung = buffer_.front();
    played_utility_ += utilities_[rung];
    played_bitrate_ += kbps_[rung];
    if (last_played_ && rung != *last_played_) {
      bitrate_change_ += std::abs(kbps_[rung] - kbps_[*last_played_]);
      log_bitrate_change_ += std::abs(std::log(kbps_[rung] / kbps_[*last_played_]));
    }
    last_played_ = rung;
    if (!rampup_time_ && rung >= setup_.rampup.value_or(*sustainable_))
      rampup_time_ = play_time_ - rampup_origin_;
    for (Rise& rise : rises_)
      if (!rise.seen && rung >= rise.rung) rise.seen = play_time_;
    if (ms >= segment_ms_) {
      buffer_.pop_front();
      play_time_ += segment_ms_;
      ms -= segment_ms_;
    } else {
      played_of_first_ = ms;
      play_time_ += ms;
      ms = 0;
    }
  }
  if (ms > 0) {
    rebuffer_time_ += ms;
    play_time_ += ms;
    ++rebuffer_events_;
  }
  settle_rises(play_time_);
}

void SabreLedger::settle_rises(double now) {
  const double cutoff = now - capacity_ms_;
  while (!rises_.empty() && rises_.front().at < cutoff) {
    const Rise& rise = rises_.front();
    reaction_time_ += rise.seen ? std::min(capacity_ms_, *rise.seen - rise.at) : capacity_ms_;
    rises_.pop_front();
  }
}

void SabreLedger::rises_to(std::size_t rung, std::size_t before) {
  settle_rises(link_time_);
  for (Rise& rise : rises_)
    if (!rise.seen && rise.rung > rung) rise.seen = link_time_;
  if (rung <= before) return;
  if (std::ranges::any_of(buffer_, [&](std::size_t held) { return rung <= held; })) return;
  if (std::ranges::any_of(rises_, [&](const Rise& rise) { return rung <= rise.rung; })) return;
  rises_.push_back({.at = link_time_, .rung = rung, .seen = std::nullopt});
}

double SabreLedger::make_room() {
  const double full = level() + segment_ms_ - capacity_ms_;
  if (full > 0) wait(full);
  return full;
}

void SabreLedger::wait(double ms) {
  play(ms);
  delay(ms);
}

void SabreLedger::request(RepresentationIndex rung, std::optional<int> replaced) {
  replaced_ = replaced;
  const SegmentNumber segment = next_ + replaced.value_or(0);
  progress_ = {.rung = rung,
               .size = 8 * static_cast<double>(setup_.track.size(segment, rung).bytes())};
  if (!begun_ || !setup_.abandonment) return;
  progress_.first_bit_ms = pass_latency();
  progress_.time_ms = progress_.first_bit_ms;
  next_least_ms_ = least_progress_ms - progress_.time_ms;
}

bool SabreLedger::go_on() {
  const double left = progress_.size - progress_.downloaded;
  if (left <= 0) return false;
  if (next_least_ms_ == least_progress_ms && bandwidth_ > 0 && left > look_bits_ &&
      look_bits_ <= to_next_piece_ * bandwidth_) {
    // What download_some() comes to where the piece lasts until the next look.
    pass(look_ms_);
    progress_.time_ms += look_ms_;
    progress_.downloaded += look_bits_;
    return progress_.downloaded < progress_.size;
  }
  download_some(left, least_progress_bits, next_least_ms_);
  next_least_ms_ = least_progress_ms;
  return progress_.downloaded < progress_.size;
}

void SabreLedger::conclude(bool given_up) {
  if (!begun_ || !setup_.abandonment) {
    progress_.first_bit_ms = pass_latency();
    progress_.time_ms = progress_.first_bit_ms + download(progress_.size);
    progress_.downloaded = progress_.size;
  } else if (!given_up) {
    while (go_on()) {
    }
  }
  if (begun_) {
    play(progress_.time_ms);
  } else {
    play_time_ += progress_.time_ms;
  }
  if (given_up) return;
  if (!replaced_) {
    buffer_.push_back(progress_.rung);
    ++next_;
  } else if (level() + segment_ms_ * *replaced_ >= 0) {
    const int place = static_cast<int>(buffer_.size()) + *replaced_;
    buffer_[static_cast<std::size_t>(place)] = progress_.rung;
  }
}

void SabreLedger::learn(bool given_up) {
  const double transfer = progress_.time_ms - progress_.first_bit_ms;
  const double throughput = progress_.downloaded / transfer;
  if (begun_) {
    const double expected = history_.throughput();
    if (expected > throughput) {
      ++over_count_;
      over_ += (expected - throughput - over_) / over_count_;
    } else {
      ++good_count_;
      good_ += (throughput - expected - good_) / good_count_;
    }
    estimate_ += (expected - throughput - estimate_) / (over_count_ + good_count_);
  }
  begun_ = true;
  if (!given_up) history_.push(transfer, throughput, progress_.first_bit_ms);
}

void SabreLedger::seek(SegmentNumber segment) {
  next_ = segment;
  buffer_.clear();
  played_of_first_ = 0;
  rampup_origin_ = play_time_;
  rampup_time_.reset();
}

std::vector<double> SabreLedger::totals() const {
  SabreLedger end = *this;
  end.play(end.level());
  if (end.play_time_ <= 0) return {};
  const double a_segment = 1 / (end.play_time_ / segment_ms_);
  const double gamma_p = setup_.options.gamma_p;
  const double rampup =
      end.rampup_time_.value_or(static_cast<double>(setup_.track.segment_count()) * segment_ms_);
  return {capacity_ms_,
          end.played_utility_,
          end.played_utility_ * a_segment,
          end.played_bitrate_,
          end.played_bitrate_ * a_segment,
          end.play_time_ / 1000,
          end.play_time_ / segment_ms_,
          end.rebuffer_time_ / 1000,
          end.rebuffer_time_ / end.play_time_,
          end.rebuffer_time_ / 1000 * a_segment,
          static_cast<double>(end.rebuffer_events_),
          end.rebuffer_events_ * a_segment,
          end.bitrate_change_,
          end.bitrate_change_ * a_segment,
          end.log_bitrate_change_,
          end.log_bitrate_change_ * a_segment,
          a_segment * (end.played_utility_ - gamma_p * end.rebuffer_time_ / segment_ms_),
          static_cast<double>(end.over_count_),
          end.over_,
          static_cast<double>(end.good_count_),
          end.good_,
          end.estimate_,
          rampup / 1000,
          end.reaction_time_ / 1000};
}

}  // namespace rung::network_sim
