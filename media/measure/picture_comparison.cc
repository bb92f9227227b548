#include "media/measure/picture_comparison.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
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

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
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
  Expected<void> build(const AVFrame& picture, const AVFrame& reference, bool with_vmaf) {
    std::string vmaf;
    if (with_vmaf) {
      vmaf_log_.reset(std::tmpfile());
      if (vmaf_log_ == nullptr) return tl::unexpected(filter_error(AVERROR(errno)));
      vmaf = "[e];[e][f]libvmaf=log_fmt=csv:log_path=/proc/self/fd/" +
             std::to_string(::fileno(vmaf_log_.get()));
    }
    graph_.reset(avfilter_graph_alloc());
    const std::string size =
        std::to_string(reference.width) + ":" + std::to_string(reference.height);
    const std::string text =
        "buffer@picture=" + description_of(picture) + ",scale=" + size +
        ":flags=bicubic,format=yuv420p,setsar=1[a];" +
        "buffer@reference=" + description_of(reference) +
        ",format=yuv420p,setsar=1,split=" + (with_vmaf ? "3[b][c][f];" : "2[b][c];") +
        "[a][b]ssim[d];[d][c]psnr" + vmaf + ",buffersink@result";
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

  Expected<std::vector<double>> vmaf() override {
    graph_.reset();  // The filter writes when it is freed.
    std::string text;
    std::array<char, 65536> part{};
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), vmaf_log_.get()))
      text.append(part.data(), got);
    return parse_vmaf(text);
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

  std::unique_ptr<std::FILE, CloseFile> vmaf_log_;  ///< None where VMAF is not wanted.
  std::unique_ptr<AVFilterGraph, FreeGraph> graph_;
  AVFilterContext* picture_ = nullptr;  ///< These three are the graph's.
  AVFilterContext* reference_ = nullptr;
  AVFilterContext* result_ = nullptr;
  std::int64_t added_ = 0;
};

/// Takes a line, or the cell of a line, with what ends it.
std::string_view take(std::string_view& text, char end) {
  const std::size_t size = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(std::min(size + 1, text.size()));
  return taken;
}

/// The cell of a line in a column, from 0; empty where there is none.
std::string_view cell(std::string_view line, std::size_t column) {
  for (std::size_t i = 0; i < column; ++i) take(line, ',');
  return take(line, ',');
}

}  // namespace

bool can_measure_vmaf() { return avfilter_get_by_name("libvmaf") != nullptr; }

Expected<std::vector<double>> parse_vmaf(std::string_view csv) {
  const std::string_view head = take(csv, '\n');
  const auto columns = static_cast<std::size_t>(std::ranges::count(head, ','));
  std::size_t column = 1;
  while (column < columns && cell(head, column) != "vmaf") ++column;
  if (column >= columns)
    return failure(ErrorCode::malformed, "FFmpeg's filter libvmaf tells no column \"vmaf\"");
  std::vector<double> scores;
  while (!csv.empty()) {
    const std::string_view line = take(csv, '\n');
    const std::string_view score = cell(line, column);
    double value = 0;
    const auto [end, error] = std::from_chars(score.data(), score.data() + score.size(), value);
    if (cell(line, 0) != std::to_string(scores.size()) || error != std::errc() ||
        end != score.data() + score.size())
      return failure(ErrorCode::malformed, "FFmpeg's filter libvmaf tells nothing of picture " +
                                               std::to_string(scores.size()));
    scores.push_back(value);
  }
  return scores;
}

Expected<std::unique_ptr<PictureComparison>> PictureComparison::create(const AVFrame& picture,
                                                                       const AVFrame& reference,
                                                                       bool with_vmaf) {
  auto made = std::make_unique<FilterComparison>();
  if (const auto built = made->build(picture, reference, with_vmaf); !built)
    return tl::unexpected(built.error());
  return made;
}

double psnr(double square_error) {
  constexpr double highest = 100;
  if (square_error <= 0) return highest;
  return std::clamp(10 * std::log10(255.0 * 255.0 / square_error), 0.0, highest);
}

}  // namespace rung::measure
