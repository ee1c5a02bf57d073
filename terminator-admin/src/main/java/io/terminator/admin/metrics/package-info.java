/**
 * Exports core's counters as Prometheus metrics. The only package that uses Micrometer. Start at
 * {@code Metrics}.
 */
@NullMarked
package io.terminator.admin.metrics;

import org.jspecify.annotations.NullMarked;
