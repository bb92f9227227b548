#pragma once

#include <array>
#include <cstddef>

#include "abr/throughput_estimator.h"
#include "core/time.h"
#include "core/units.h"

namespace rung::abr {

/// The last `Capacity` values, oldest first. A value; never allocates.
template <typename T, std::size_t Capacity>
class RecentValues {
 public:
  void add(const T& value) {
    values_[place(size_)] = value;
    if (size_ < Capacity)
      ++size_;
    else
      first_ = place(1);
  }
  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool full() const { return size_ == Capacity; }
  /// `age` 0 is the oldest one.
  [[nodiscard]] const T& operator[](std::size_t age) const { return values_[place(age)]; }

 private:
  /// `age` is at most Capacity.
  [[nodiscard]] std::size_t place(std::size_t age) const {
    const std::size_t place = first_ + age;
    return place < Capacity ? place : place - Capacity;
  }

  std::array<T, Capacity> values_{};
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

/// The median latency of the last five transfers, the lower of the middle two; small transfers
/// count as much as others, for they see the same latency.
class RecentLatency {
 public:
  void observe(const TransferSample& sample);
  [[nodiscard]] Duration expected() const { return median_; }

 private:
  RecentValues<Duration, 5> latencies_;
  std::array<Duration, 5> sorted_{};  ///< The same, ascending.
  Duration median_{};
};

/// Transfers of fewer bytes measure the round trip, not the link (Shaka Player's minimum too).
inline constexpr ByteCount telling_size{16'000};

/// What an estimator does with a sample whose size may be too small to tell anything.
enum class SampleUse {
  add,
  ignore,   ///< Small, and there are telling ones.
  restart,  ///< The first telling one: forget the small ones, then add it.
};

/// Lets small transfers count only until the first telling one arrives.
class SmallTransferFilter {
 public:
  [[nodiscard]] SampleUse judge(const TransferSample& sample);

 private:
  bool told_ = false;
};

/// throughput(sample) within [1 bit/s, 1 Pbit/s], where arithmetic on doubles is safe.
[[nodiscard]] BitRate bounded_throughput(const TransferSample& sample);

/// The natural logarithm of bounded_throughput(sample) in bit/s.
[[nodiscard]] double log_throughput(const TransferSample& sample);
/// exp(`logarithm`) bit/s within the same bounds.
[[nodiscard]] BitRate rate_of_logarithm(double logarithm);

}  // namespace rung::abr
