#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recommend/plays.h"
#include "recommend/sparse_rows.h"

namespace rung::recommend {

/// When in the day, and on what, titles are played. A value.
class MomentCounts {
 public:
  /// Of the plays that tell their hour, and of those that tell their device.
  [[nodiscard]] static MomentCounts count(const Plays& plays);
  /// From counts that were kept: a row for each hour, or none, and one for each device.
  [[nodiscard]] static MomentCounts of(std::vector<std::string> devices, SparseRows hours,
                                       SparseRows on_devices, std::size_t titles);

  /// Whether any play told its hour or its device.
  [[nodiscard]] bool known() const { return hours_.size() > 0 || on_devices_.size() > 0; }
  [[nodiscard]] std::span<const std::string> devices() const { return devices_; }
  /// Moment::unknown for what is no device of the plays.
  [[nodiscard]] std::uint8_t find_device(std::string_view name) const;

  [[nodiscard]] const SparseRows& hours() const { return hours_; }
  [[nodiscard]] const SparseRows& on_devices() const { return on_devices_; }

  /// By title, the logarithm of how much likelier it is to be played about this hour than at any;
  /// nothing is written where the hour is not known. Neighbouring hours count, too, and a title
  /// with few plays is drawn to 0.
  void write_hour_lifts(std::uint8_t hour, std::span<float> column) const;
  /// The same of a device.
  void write_device_lifts(std::uint8_t device, std::span<float> column) const;

  friend bool operator==(const MomentCounts&, const MomentCounts&) = default;

 private:
  std::vector<std::string> devices_;
  SparseRows hours_;              ///< By hour, the plays of each title.
  SparseRows on_devices_;         ///< By device.
  std::vector<float> with_hour_;  ///< By title, its plays that tell the hour.
  std::vector<float> with_device_;
};

}  // namespace rung::recommend
