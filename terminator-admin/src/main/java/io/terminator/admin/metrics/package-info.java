/** Core's tallies as Prometheus metrics, pulled on scrape. The only package that knows Micrometer. Start at {@code Metrics}. */
@NullMarked
package io.terminator.admin.metrics;

import org.jspecify.annotations.NullMarked;
