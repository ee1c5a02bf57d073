/**
 * All certificates of the appliance. {@code Certificates} combines the packages: {@code credential}
 * models what is served, {@code reader} reads it from files, {@code source} finds the files, {@code
 * upload} stores uploads from the admin API, and {@code store} selects the certificate for a host.
 */
@NullMarked
package io.terminator.tls.certificate;

import org.jspecify.annotations.NullMarked;
