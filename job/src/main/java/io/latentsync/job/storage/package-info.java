/** Files on any Hadoop file system: locations, scratch folders, caches, leases. */
package io.latentsync.job.storage;
