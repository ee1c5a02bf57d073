/**
 * Orders and renews certificates by ACME (RFC 8555). Control plane: no code here runs on a worker.
 * Start reading at {@code AcmeService}.
 */
@NullMarked
package io.terminator.admin.acme;

import org.jspecify.annotations.NullMarked;
