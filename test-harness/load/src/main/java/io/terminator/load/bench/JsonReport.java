package io.terminator.load.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.terminator.load.measure.Comparison;
import io.terminator.load.measure.Sample;
import io.terminator.load.measure.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;

/** The result as JSON: the comparisons and all of their samples. */
final class JsonReport {
  private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private final Result result;

  JsonReport(Result result) {
    this.result = result;
  }

  void writeTo(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, json.writeValueAsString(tree()) + "\n");
  }

  private ObjectNode tree() {
    ObjectNode root = json.createObjectNode();
    result.surroundings().forEach(root.putObject("surroundings")::put);
    ObjectNode plan = root.putObject("plan");
    plan.put("rounds", result.plan().rounds());
    plan.put("scale", result.plan().scale());
    plan.put("warm-up-ms", result.plan().warmUp().toMillis());
    plan.put("quick", result.plan().quick());
    result.negotiated().forEach(root.putObject("negotiated")::put);
    ArrayNode notes = root.putArray("notes");
    result.notes().forEach(notes::add);
    ArrayNode phases = root.putArray("phases");
    result.comparisons().forEach((phase, comparison) -> add(phases.addObject(), phase, comparison));
    ArrayNode samples = root.putArray("samples");
    result.samples().forEach(sample -> add(samples.addObject(), sample));
    return root;
  }

  private void add(ObjectNode node, Phase phase, Comparison comparison) {
    node.put("phase", phase.name());
    node.put("unit", phase.unit());
    node.put("description", phase.description());
    Optional<String> best = comparison.best(result::isPeer);
    best.ifPresent(name -> node.put("best-peer", name));
    comparison.best(result::isPackagedPeer).ifPresent(name -> node.put("best-packaged-peer", name));
    ObjectNode targets = node.putObject("targets");
    for (String target : comparison.targets()) {
      ObjectNode own = targets.putObject(target);
      comparison.figure(target).ifPresent(spread -> add(own, spread));
      best.flatMap(peer -> comparison.ratio(target, peer))
          .ifPresent(ratio -> own.put("ratio-to-best-peer", ratio));
      best.flatMap(peer -> comparison.pairedRatio(target, peer))
          .ifPresent(ratio -> own.put("ratio-by-rounds", ratio.median()));
      ArrayNode problems = own.putArray("problems");
      comparison.problems(target).forEach(problems::add);
    }
  }

  private static void add(ObjectNode node, Spread spread) {
    node.put("median", spread.median());
    node.put("min", spread.min());
    node.put("max", spread.max());
    node.put("rounds", spread.rounds());
  }

  private static void add(ObjectNode node, Sample sample) {
    node.put("phase", sample.phase());
    node.put("target", sample.target());
    node.put("round", sample.round());
    if (!sample.isVoid()) {
      node.put("figure", sample.figure());
    }
    new TreeMap<>(sample.details()).forEach(node.putObject("details")::put);
    ArrayNode problems = node.putArray("problems");
    sample.problems().forEach(problems::add);
  }
}
