#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/expected.h"
#include "core/id.h"
#include "media/track.h"

namespace rung::measure {

/// How near the segments of one representation are to the reference, one entry each: the mean SSIM
/// of their pictures, the PSNR in dB of their mean square error, and the mean VMAF where it was
/// wanted.
struct SegmentQuality {
  std::vector<double> ssim;
  std::vector<double> psnr;
  std::vector<double> vmaf;
};

/// The bytes of a segment behind those of its init segment, if it has one.
using SegmentBytes = std::function<Expected<std::vector<std::byte>>(SegmentNumber)>;

/// Decodes all segments of a representation and the media file `reference`, and compares each
/// picture with that of the reference which lies nearest in time; both begin at their first
/// picture. Fails where either cannot be decoded, and with invalid_argument where the reference
/// ends before the title or a segment has no picture.
[[nodiscard]] Expected<SegmentQuality> measure_segments(const media::Track& track,
                                                        const SegmentBytes& bytes,
                                                        const std::string& reference,
                                                        bool with_vmaf);

}  // namespace rung::measure
