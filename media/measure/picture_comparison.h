#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "media/decode/libav.h"

namespace rung::measure {

/// How near a picture is to its reference.
struct Likeness {
  double ssim = 0;          ///< FFmpeg's filter `ssim`, over all planes weighted by their size.
  double square_error = 0;  ///< Mean over all samples, of 255: FFmpeg's filter `psnr`.
  friend bool operator==(const Likeness&, const Likeness&) = default;
};

/// Whether this FFmpeg has the filter `libvmaf`, which not every build of it has.
[[nodiscard]] bool can_measure_vmaf();

/// The VMAF of every pair of pictures, in order, from what the filter `libvmaf` writes as CSV.
/// Fails (malformed) on what is none, or lacks a picture's.
[[nodiscard]] Expected<std::vector<double>> parse_vmaf(std::string_view csv);

/// Compares pictures with their references, in order, by FFmpeg's filters. What has another size
/// than the reference is scaled to it first (bicubic), as a player's window would; both are taken
/// as yuv420p. A resource.
class PictureComparison {
 public:
  /// For pictures and references of the sizes and formats of these two. Fails with `unsupported`
  /// where libavfilter cannot compare them: by VMAF too, if that is wanted.
  static Expected<std::unique_ptr<PictureComparison>> create(const AVFrame& picture,
                                                             const AVFrame& reference,
                                                             bool with_vmaf);
  PictureComparison(const PictureComparison&) = delete;
  PictureComparison& operator=(const PictureComparison&) = delete;
  virtual ~PictureComparison() = default;

  /// Adds a pair, and returns the results that are there: of pairs added before, in their order.
  [[nodiscard]] virtual Expected<std::vector<Likeness>> add(const AVFrame& picture,
                                                            const AVFrame& reference) = 0;
  /// The results still missing; nothing can be added after it.
  [[nodiscard]] virtual Expected<std::vector<Likeness>> finish() = 0;
  /// The VMAF of every pair, in order: once, behind finish(), where it was wanted.
  [[nodiscard]] virtual Expected<std::vector<double>> vmaf() = 0;

 protected:
  PictureComparison() = default;
};

/// In dB, for samples from 0 to 255; 100 at most, which equal pictures have.
[[nodiscard]] double psnr(double square_error);

}  // namespace rung::measure
