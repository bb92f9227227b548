#include "media/measure/picture_comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

namespace rung::measure {
namespace {

struct FreeGraph {
  void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
};
struct FreeInOut {
  void operator()(AVFilterInOut* list) const { avfilter_inout_free(&list); }
};

Error filter_error(int number) {
  return {ErrorCode::unsupported,
          "libavfilter cannot compare the pictures: " + decode::libav_message(number),
          {}};
}

/// What a source of the graph must know of the frames that it is given.
std::string description_of(const AVFrame& frame) {
  const AVRational aspect = frame.sample_aspect_ratio;
  return "video_size=" + std::to_string(frame.width) + "x" + std::to_string(frame.height) +
         ":pix_fmt=" + std::to_string(frame.format) +
         ":time_base=1/1:pixel_aspect=" + std::to_string(aspect.num) + "/" +
         std::to_string(std::max(aspect.den, 1));
}

class FilterComparison final : public PictureComparison {
 public:
  Expected<void> build(const AVFrame& picture, const AVFrame& reference) {
    graph_.reset(avfilter_graph_alloc());
    const std::string size =
        std::to_string(reference.width) + ":" + std::to_string(reference.height);
    const std::string text = "buffer@picture=" + description_of(picture) + ",scale=" + size +
                             ":flags=bicubic,format=yuv420p,setsar=1[a];" +
                             "buffer@reference=" + description_of(reference) +
                             ",format=yuv420p,setsar=1,split[b][c];" +
                             "[a][b]ssim[d];[d][c]psnr,buffersink@result";
    AVFilterInOut* inputs = nullptr;
    AVFilterInOut* outputs = nullptr;
    int status = avfilter_graph_parse2(graph_.get(), text.c_str(), &inputs, &outputs);
    const std::unique_ptr<AVFilterInOut, FreeInOut> freed_inputs(inputs);
    const std::unique_ptr<AVFilterInOut, FreeInOut> freed_outputs(outputs);
    if (status >= 0) status = avfilter_graph_config(graph_.get(), nullptr);
    if (status < 0) return tl::unexpected(filter_error(status));
    picture_ = avfilter_graph_get_filter(graph_.get(), "buffer@picture");
    reference_ = avfilter_graph_get_filter(graph_.get(), "buffer@reference");
    result_ = avfilter_graph_get_filter(graph_.get(), "buffersink@result");
    if (picture_ == nullptr || reference_ == nullptr || result_ == nullptr)
      return tl::unexpected(filter_error(AVERROR_FILTER_NOT_FOUND));
    return {};
  }

  Expected<std::vector<Likeness>> add(const AVFrame& picture, const AVFrame& reference) override {
    for (const auto& [source, frame] : {std::pair(picture_, &picture), {reference_, &reference}}) {
      const decode::FramePtr copy(av_frame_clone(frame));
      if (copy == nullptr) return tl::unexpected(filter_error(AVERROR(ENOMEM)));
      copy->pts = added_;
      if (const int status = av_buffersrc_add_frame(source, copy.get()); status < 0)
        return tl::unexpected(filter_error(status));
    }
    ++added_;
    return results();
  }

  Expected<std::vector<Likeness>> finish() override {
    for (AVFilterContext* source : {picture_, reference_})
      if (const int status = av_buffersrc_add_frame(source, nullptr); status < 0)
        return tl::unexpected(filter_error(status));
    return results();
  }

 private:
  Expected<std::vector<Likeness>> results() {
    std::vector<Likeness> made;
    for (;;) {
      const decode::FramePtr frame(av_frame_alloc());
      const int status = av_buffersink_get_frame(result_, frame.get());
      if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return made;
      if (status < 0) return tl::unexpected(filter_error(status));
      const auto number = [&](const char* key) -> double {
        const AVDictionaryEntry* entry = av_dict_get(frame->metadata, key, nullptr, 0);
        return entry != nullptr ? std::strtod(entry->value, nullptr) : std::nan("");
      };
      made.push_back(
          {.ssim = number("lavfi.ssim.All"), .square_error = number("lavfi.psnr.mse_avg")});
    }
  }

  std::unique_ptr<AVFilterGraph, FreeGraph> graph_;
  AVFilterContext* picture_ = nullptr;  ///< These three are the graph's.
  AVFilterContext* reference_ = nullptr;
  AVFilterContext* result_ = nullptr;
  std::int64_t added_ = 0;
};

}  // namespace

Expected<std::unique_ptr<PictureComparison>> PictureComparison::create(const AVFrame& picture,
                                                                       const AVFrame& reference) {
  auto made = std::make_unique<FilterComparison>();
  if (const auto built = made->build(picture, reference); !built)
    return tl::unexpected(built.error());
  return made;
}

double psnr(double square_error) {
  constexpr double highest = 100;
  if (square_error <= 0) return highest;
  return std::clamp(10 * std::log10(255.0 * 255.0 / square_error), 0.0, highest);
}

}  // namespace rung::measure
